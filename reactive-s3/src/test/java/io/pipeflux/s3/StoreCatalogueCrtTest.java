package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * The catalogue of what stores do, over the SDK's client on the AWS CRT: all bytes or an error, never a wrong byte. It
 * refuses some answers that the window would understand, and its errors have other words.
 */
@Execution(ExecutionMode.CONCURRENT) // most of them wait
@Tag("soak") // for up to ten seconds each, since the CRT repeats requests by itself
class StoreCatalogueCrtTest {

    /** The CRT reads answers without end into memory until there is none. */
    private static final Set<String> ENDLESS = Set.of(
            "body: endless",
            "body: an endless error",
            "connection: a header without end",
            "listing: endless XML",
            "listing: a length of more than a page can have");

    static List<Lie> lies() {
        return StoreCatalogueTest.all().stream()
                .filter(lie -> !ENDLESS.contains(lie.toString()))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("lies")
    void overTheCrt(Lie lie) throws Exception {
        lie.readOrFail(StoreCatalogueCrtTest::client);
    }

    @Test
    void whatIsLeftOutIsInTheCatalogue() {
        assertThat(StoreCatalogueTest.all()).extracting(Lie::toString).containsAll(ENDLESS);
    }

    /** With the CRT's check for progress, without which a listing that brings nothing waits for ever. */
    private static S3AsyncClient client(int port) {
        return S3AsyncClient.crtBuilder()
                .retryConfiguration(retries -> retries.numRetries(0))
                .httpConfiguration(http -> http.connectionHealthConfiguration(
                        health -> health.minimumThroughputInBps(1000L).minimumThroughputTimeout(Duration.ofSeconds(2))))
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret")))
                .endpointOverride(URI.create("http://127.0.0.1:" + port))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .build();
    }
}
