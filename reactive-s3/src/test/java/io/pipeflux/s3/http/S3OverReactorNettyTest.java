package io.pipeflux.s3.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.s3.test.FaultProxy;
import io.pipeflux.s3.test.S3Server;
import java.net.URI;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The SDK over this client against a server that checks its signatures. */
class S3OverReactorNettyTest {

    private static S3Server server;
    private static S3AsyncClient client;

    @BeforeAll
    static void start() throws Exception {
        server = S3Server.start();
        client = client(server.port(), S3Server.SECRET_KEY);
        client.createBucket(r -> r.bucket("http")).join();
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plain",
                "a b",
                "a+b",
                "a%20b",
                "100%",
                "a&b=c?d#e",
                "häß/日本/\uD83D\uDE00",
                "a:b;c,d@e$f!g'h(i)j*k~l",
                "x/y=1/part-0"
            })
    void keysOfAnyCharactersAreSignedAsTheyAreSent(String key) {
        byte[] object = S3Server.bytes(1000, key.hashCode());
        client.putObject(r -> r.bucket("http").key(key), AsyncRequestBody.fromBytes(object))
                .join();
        assertThat(get(client, key)).isEqualTo(object);
        assertThat(client.headObject(r -> r.bucket("http").key(key)).join().contentLength())
                .isEqualTo(1000);
        assertThat(client.listObjectsV2(r -> r.bucket("http").prefix(key))
                        .join()
                        .contents())
                .extracting(S3Object::key)
                .containsExactly(key);
        client.deleteObject(r -> r.bucket("http").key(key)).join();
        assertThatThrownBy(() -> get(client, key)).hasCauseInstanceOf(NoSuchKeyException.class);
    }

    @Test
    void largeObjectsGoBothWays() {
        byte[] object = S3Server.bytes(20 << 20, 7);
        client.putObject(r -> r.bucket("http").key("large"), AsyncRequestBody.fromBytes(object))
                .join();
        assertThat(get(client, "large")).isEqualTo(object);
    }

    @Test
    void emptyObjectsAndRangesWork() {
        client.putObject(r -> r.bucket("http").key("empty"), AsyncRequestBody.empty())
                .join();
        assertThat(get(client, "empty")).isEmpty();
        client.putObject(r -> r.bucket("http").key("digits"), AsyncRequestBody.fromString("0123456789"))
                .join();
        assertThat(client.getObject(
                                r -> r.bucket("http").key("digits").range("bytes=2-4"),
                                AsyncResponseTransformer.toBytes())
                        .join()
                        .asUtf8String())
                .isEqualTo("234");
    }

    @Test
    void aWrongSecretIsRefused() {
        try (S3AsyncClient stranger = client(server.port(), "wrong")) {
            assertThatThrownBy(
                            () -> stranger.listObjectsV2(r -> r.bucket("http")).join())
                    .cause()
                    .isInstanceOfSatisfying(
                            S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(403));
        }
    }

    @Test
    void theSdkTriesAgainWhereAConnectionBreaks() throws Exception {
        byte[] object = S3Server.bytes(1 << 20, 9);
        server.put("http", "broken", object);
        try (FaultProxy proxy = FaultProxy.before(server);
                S3AsyncClient through = client(proxy.port(), S3Server.SECRET_KEY)) {
            proxy.breakNext(
                    new FaultProxy.Fault(FaultProxy.Kind.FIN, 20),
                    new FaultProxy.Fault(FaultProxy.Kind.RST, 300_000),
                    new FaultProxy.Fault(FaultProxy.Kind.FIN, 500_000));
            assertThat(get(through, "broken")).isEqualTo(object);
        }
    }

    private static byte[] get(S3AsyncClient client, String key) {
        return client.getObject(r -> r.bucket("http").key(key), AsyncResponseTransformer.toBytes())
                .join()
                .asByteArray();
    }

    private static S3AsyncClient client(int port, String secret) {
        return S3AsyncClient.builder()
                .httpClientBuilder(ReactorNettyHttpClient.builder())
                .endpointOverride(URI.create("http://127.0.0.1:" + port))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(S3Server.ACCESS_KEY, secret)))
                .build();
    }
}
