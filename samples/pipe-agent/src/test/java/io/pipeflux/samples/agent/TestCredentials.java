package io.pipeflux.samples.agent;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The agent finds the credentials of the test's store, as its user's by the SDK: use with {@link ExtendWith}. */
final class TestCredentials implements BeforeEachCallback, AfterEachCallback {

    @Override
    public void beforeEach(ExtensionContext test) {
        System.setProperty("aws.accessKeyId", TestStore.ACCESS_KEY);
        System.setProperty("aws.secretAccessKey", TestStore.SECRET_KEY);
    }

    @Override
    public void afterEach(ExtensionContext test) {
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
    }
}
