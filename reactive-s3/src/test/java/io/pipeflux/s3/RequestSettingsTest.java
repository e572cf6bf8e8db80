package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import io.pipeflux.s3.test.Answer;
import io.pipeflux.s3.test.MisbehavingStore;
import io.pipeflux.s3.test.MisbehavingStore.Misbehaviour;
import io.pipeflux.s3.test.MisbehavingStore.Request;
import io.pipeflux.s3.test.S3Server;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/** What goes into the requests of a channel, and who sends them again. */
class RequestSettingsTest {

    private static final byte[] OBJECT = S3Server.bytes(1000, 1);
    private static final Misbehaviour NONE = new Misbehaviour() {};

    private MisbehavingStore store;
    private S3AsyncClient client;

    @AfterEach
    void close() throws IOException {
        client.close();
        store.close();
    }

    @Test
    void theCallbackSeesBucketAndKeyAndCanChooseAVersion() throws Exception {
        String manifest = "[{\"prefix\": \"s3://train/\"}, \"a\", \"b\"]";
        start(Map.of("a", OBJECT, "b", OBJECT, "manifest", manifest.getBytes(UTF_8)), NONE);
        S3ReadOptions options = S3ReadOptions.defaults().partSize(400).onRequest(request -> {
            GetObjectRequest seen = request.build();
            request.versionId("version-of-" + seen.bucket() + "-" + seen.key());
        });

        assertThat(S3Test.all(S3Channels.manifest(client, "s3://train/manifest", options)
                        .bytes()))
                .hasSize(2000);
        assertThat(store.requests())
                .hasSize(3 + 1 + 2 * 3) // HEADs, the manifest, and the parts
                .allSatisfy(request ->
                        assertThat(request.query()).containsEntry("versionId", "version-of-train-" + request.key()));
    }

    @Test
    void theCallbackSeesNoKeyForAListingAndCannotChangeWhatIsRead() throws Exception {
        start(Map.of("a", OBJECT, "b", OBJECT), NONE);
        List<String> seen = new CopyOnWriteArrayList<>();
        S3ReadOptions options = S3ReadOptions.defaults().onRequest(request -> {
            GetObjectRequest before = request.build();
            seen.add(before.bucket() + "/" + before.key());
            request.bucket("other").key("none").range("bytes=7-8").ifMatch("\"none\"");
        });

        assertThat(S3Test.all(S3Channels.prefix(client, "s3://train/", options).bytes()))
                .hasSize(2000);
        assertThat(seen).containsExactlyInAnyOrder("train/null", "train/a", "train/b");
        assertThat(store.requests().stream().filter(Request::isGet))
                .extracting(Request::key, request -> request.headers().get("range"))
                .containsExactlyInAnyOrder(tuple("a", null), tuple("b", null)); // the whole of each
    }

    @Test
    void settingsOfTheCallersStayBesideOurs() throws Exception {
        start(Map.of("a", OBJECT), NONE);
        S3ReadOptions options = S3ReadOptions.defaults()
                .onRequest(request -> request.overrideConfiguration(o -> o.putHeader("x-mine", "yes")));

        assertThat(S3Test.all(S3Channels.prefix(client, "s3://train/", options).bytes()))
                .isEqualTo(OBJECT);
        assertThat(store.requests().stream().filter(Request::isGet))
                .singleElement()
                .satisfies(get -> assertThat(get.headers()).containsEntry("x-mine", "yes"));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void theRetriesOfAWindowAreTheOnlyOnes(int retries) throws Exception {
        start(Map.of("a", OBJECT), new Misbehaviour() {
            @Override
            public void answer(Request request, Answer answer) {
                if (request.isGet()) {
                    answer.error(503, "SlowDown");
                }
            }
        });

        assertThatThrownBy(() -> S3Channels.prefix(
                                client, "s3://train/", S3ReadOptions.defaults().retries(retries))
                        .bytes()
                        .blockLast(Patience.PATIENCE))
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining("503");
        assertThat(store.requests().stream().filter(Request::isGet)).hasSize(1 + retries);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aReadThatIsUnderWayEndsWhenItsClientIsClosed(boolean ofTheSdk) throws Exception {
        CopyOnWriteArrayList<String> gets = new CopyOnWriteArrayList<>();
        start(
                Map.of("a", OBJECT),
                new Misbehaviour() {
                    @Override
                    public void answer(Request request, Answer answer) {
                        if (request.isGet()) {
                            gets.add(request.key());
                            answer.cut(1, Answer.Ending.STALL); // the SDK's client serves requests until it has closed
                            client.close();
                        }
                    }
                },
                ofTheSdk);

        // over Reactor Netty, another try would be followed by so many others that this test fails
        assertThatThrownBy(() -> S3Channels.prefix(
                                client,
                                "s3://train/",
                                S3ReadOptions.defaults()
                                        .noProgressTimeout(Duration.ofSeconds(1))
                                        .retries(ofTheSdk ? 2 : 1_000_000))
                        .bytes()
                        .blockLast(Patience.PATIENCE))
                .isInstanceOf(ObjectReadException.class)
                .satisfies(e -> assertThat(e).hasMessageContaining(ofTheSdk ? "the last try got" : "closed"));
        assertThat(gets).hasSizeBetween(1, ofTheSdk ? 4 : 1);
    }

    private void start(Map<String, byte[]> objects, Misbehaviour misbehaviour) throws IOException {
        start(objects, misbehaviour, false);
    }

    /** A client with the SDK's retries as they are by default. */
    private void start(Map<String, byte[]> objects, Misbehaviour misbehaviour, boolean ofTheSdk) throws IOException {
        store = new MisbehavingStore(objects, misbehaviour);
        client = S3AsyncClient.builder()
                .httpClientBuilder(ofTheSdk ? NettyNioAsyncHttpClient.builder() : ReactorNettyHttpClient.builder())
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret")))
                .endpointOverride(URI.create("http://127.0.0.1:" + store.port()))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .build();
    }
}
