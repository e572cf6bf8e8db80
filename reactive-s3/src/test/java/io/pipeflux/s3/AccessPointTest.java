package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import io.pipeflux.s3.test.EveryHostIsHere;
import io.pipeflux.s3.test.MisbehavingStore;
import io.pipeflux.s3.test.MisbehavingStore.Misbehaviour;
import io.pipeflux.s3.test.S3Server;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClientBuilder;

/** Access points in place of buckets. The SDK makes a host of their ARN. */
class AccessPointTest {

    private static final String ARN = "arn:aws:s3:us-west-2:123456789012:accesspoint/reader";
    private static final byte[] OBJECT = S3Server.bytes(100_000, 1);
    private static final S3ReadOptions OPTIONS =
            S3ReadOptions.defaults().partSize(30_000).windowBytes(120_000);

    private final EveryHostIsHere hosts = new EveryHostIsHere();
    private MisbehavingStore store;
    private S3AsyncClient client;

    @BeforeEach
    void start() throws IOException {
        byte[] manifest = ("[{\"prefix\":\"s3://" + ARN + "/p/\"},\"b\",\"a/b\"]").getBytes(UTF_8);
        store = new MisbehavingStore(
                Map.of("p/a", OBJECT, "p/a/b", new byte[0], "p/b", OBJECT, "manifest", manifest),
                new Misbehaviour() {});
        client = client(builder -> {});
    }

    @AfterEach
    void close() throws IOException {
        client.close();
        store.close();
        hosts.close();
    }

    @Test
    void aPrefixIsListedAndReadThroughIt() {
        S3Channel channel = S3Channels.prefix(client, "s3://" + ARN + "/p/", OPTIONS);

        assertThat(channel.objects().map(ObjectBytes::key).collectList().block())
                .containsExactly("s3://" + ARN + "/p/a", "s3://" + ARN + "/p/a/b", "s3://" + ARN + "/p/b");
        assertThat(read(channel)).hasSize(2 * OBJECT.length);
        assertThat(hosts.names()).containsExactly("reader-123456789012.s3.test");
    }

    @Test
    void aShuffledListKeepsIt() {
        S3Channel channel =
                S3Channels.prefix(client, "s3://" + ARN + "/p/", OPTIONS).shuffle(1);

        assertThat(channel.objects().map(ObjectBytes::key).collectList().block())
                .containsExactlyInAnyOrder("s3://" + ARN + "/p/a", "s3://" + ARN + "/p/a/b", "s3://" + ARN + "/p/b");
        assertThat(read(channel)).hasSize(2 * OBJECT.length);
    }

    @Test
    void aManifestIsReadThroughItAndNamesIt() {
        S3Channel channel = S3Channels.manifest(client, "s3://" + ARN + "/manifest", OPTIONS);

        assertThat(channel.objects().map(ObjectBytes::key).collectList().block())
                .isEqualTo(List.of("s3://" + ARN + "/p/b", "s3://" + ARN + "/p/a/b"));
        assertThat(read(channel.shuffle(2))).isEqualTo(OBJECT);
    }

    /** What the SDK refuses before it sends anything: an error of the channel, in one line. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3://arn:aws:s3:eu-west-1:123456789012:accesspoint/reader/p/", // not the client's region
                "s3://arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap/p/" // signed for several: not by the SDK
                // alone
            })
    void anAccessPointThatTheClientCannotReachIsAnError(String uri) {
        assertThatThrownBy(() -> read(S3Channels.prefix(client, uri, OPTIONS)))
                .isInstanceOf(ObjectReadException.class)
                .message()
                .contains(uri)
                .hasLineCount(1);
        assertThat(store.requests()).isEmpty();
    }

    @Test
    void soIsAPathOfAnArn() {
        try (S3AsyncClient byPath = client(builder -> builder.forcePathStyle(true))) {
            assertThatThrownBy(() -> read(S3Channels.prefix(byPath, "s3://" + ARN + "/p/", OPTIONS)))
                    .isInstanceOf(ObjectReadException.class)
                    .hasMessageContaining("Path-style addressing cannot be used with ARN buckets");
        }
    }

    private static byte[] read(S3Channel channel) {
        return S3Test.join(channel.bytes().collectList().block(Patience.PATIENCE));
    }

    private S3AsyncClient client(Consumer<S3AsyncClientBuilder> more) {
        S3AsyncClientBuilder builder = S3AsyncClient.builder()
                .httpClientBuilder(ReactorNettyHttpClient.builder().httpClient(http -> http.resolver(hosts)))
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret")))
                .endpointOverride(URI.create("http://s3.test:" + store.port()))
                .region(Region.US_WEST_2);
        more.accept(builder);
        return builder.build();
    }
}
