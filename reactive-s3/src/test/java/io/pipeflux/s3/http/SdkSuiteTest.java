package io.pipeflux.s3.http;

import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import software.amazon.awssdk.http.SdkAsyncHttpClientH1TestSuite;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.utils.AttributeMap;

/**
 * The SDK's own suite for asynchronous clients of HTTP/1.1 ({@code http-client-tests}). Of that artifact's other suites
 * these do not apply: {@code SdkHttpClient*TestSuite} and {@code HttpClientUri*TestSuite} take a blocking
 * {@code SdkHttpClient}; {@code HttpProxyTestSuite} and {@code HttpClientDefaultProxyConfigTestSuite} test proxies that
 * are found in system properties and the environment, where this client takes only the one it is given.
 */
@Execution(ExecutionMode.CONCURRENT) // beside other classes: each test waits seconds for its server to end
@ResourceLock("keytool") // one at a time: each starts a process, which Netty gives a minute on any machine
class SdkSuiteTest extends SdkAsyncHttpClientH1TestSuite {

    @Override
    protected SdkAsyncHttpClient setupClient() {
        return ReactorNettyHttpClient.builder()
                .maxConnections(2)
                .buildWithDefaults(AttributeMap.builder()
                        .put(SdkHttpConfigurationOption.TRUST_ALL_CERTIFICATES, true)
                        .build());
    }
}
