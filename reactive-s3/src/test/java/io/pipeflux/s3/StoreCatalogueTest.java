package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.s3.http.ReactorNettyHttpClient;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * The catalogue of what stores do, over both HTTP clients: all bytes, or an error that names where and what. Never
 * fewer bytes as success, never a wrong byte, never an endless wait.
 */
@Execution(ExecutionMode.CONCURRENT) // most of them wait
class StoreCatalogueTest {

    private static SdkAsyncHttpClient reactorNetty;
    private static SdkAsyncHttpClient hastyReactorNetty;
    private static SdkAsyncHttpClient sdks;
    private static SdkAsyncHttpClient hastySdks;

    @BeforeAll
    static void openClients() {
        reactorNetty = ReactorNettyHttpClient.create();
        hastyReactorNetty = ReactorNettyHttpClient.builder()
                .responseHeaderTimeout(Lie.SHORT)
                .readTimeout(Lie.SHORT)
                .build();
        sdks = NettyNioAsyncHttpClient.create();
        hastySdks = NettyNioAsyncHttpClient.builder().readTimeout(Lie.SHORT).build();
    }

    @AfterAll
    static void closeClients() {
        Stream.of(reactorNetty, hastyReactorNetty, sdks, hastySdks)
                .parallel()
                .forEach(SdkAsyncHttpClient::close); // each takes its time
    }

    static List<Lie> all() {
        return Stream.of(ListingLies.all(), ObjectLies.all(), WireLies.all())
                .flatMap(List::stream)
                .toList();
    }

    static Stream<Lie> both() {
        return all().stream().filter(Lie::both);
    }

    @ParameterizedTest
    @MethodSource("all")
    void overReactorNetty(Lie lie) throws Exception {
        read(lie, lie.hasty() ? hastyReactorNetty : reactorNetty);
    }

    @ParameterizedTest
    @MethodSource("both")
    void overTheClientOfTheSdk(Lie lie) throws Exception {
        read(lie, lie.hasty() ? hastySdks : sdks);
    }

    @Test
    void isAsLongAsPromisedAndDocumentedWhole() throws Exception {
        assertThat(all()).hasSizeGreaterThan(100);
        assertThat(all().stream().map(Lie::toString)).doesNotHaveDuplicates();
        List<String> documented = Files.readAllLines(Path.of("../docs/reliability.md")).stream()
                .filter(line ->
                        all().stream().anyMatch(lie -> line.startsWith("| " + lie.kind() + " | " + lie.what() + " |")))
                .toList();
        assertThat(documented)
                .containsExactlyElementsOf(all().stream().map(Lie::row).toList());
    }

    private static void read(Lie lie, SdkAsyncHttpClient http) throws Exception {
        lie.read(port -> client(http, port));
    }

    /** Its own retries, of listings, are few and quick. */
    private static S3AsyncClient client(SdkAsyncHttpClient http, int port) {
        return S3AsyncClient.builder()
                .httpClient(http)
                .overrideConfiguration(c -> c.retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                        .maxAttempts(2)
                        .backoffStrategy(BackoffStrategy.fixedDelay(Duration.ofMillis(10)))
                        .throttlingBackoffStrategy(BackoffStrategy.fixedDelay(Duration.ofMillis(10)))
                        .build()))
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret")))
                .endpointOverride(URI.create("http://127.0.0.1:" + port))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .build();
    }
}
