package io.pipeflux.s3.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.test.RawServer;
import io.pipeflux.s3.test.S3Server;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import software.amazon.awssdk.http.SdkHttpMethod;

/** Requests go out as the SDK made them, responses come as the server sent them. */
class ReactorNettyHttpClientTest {

    private static final Duration DEADLINE = Patience.PATIENCE;

    private final List<AutoCloseable> resources = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable resource : resources) {
            resource.close();
        }
    }

    @Test
    void aBodyComesWholeInLargeHeapBuffersOfItsReceivers() throws Exception {
        byte[] object = S3Server.bytes(3 << 20, 1);
        RawServer server = server((header, client) -> client.ok(object.length).send(object));
        Call call = Call.get(client(), server.port());
        List<ByteBuffer> chunks = call.awaitBody().collectList().block(DEADLINE);
        ByteBuffer all = ByteBuffer.allocate(object.length);
        for (ByteBuffer chunk : chunks) {
            assertThat(chunk.hasArray()).isTrue();
            assertThat(chunk.isReadOnly()).isFalse();
            assertThat(chunk.array()).hasSize(chunk.remaining());
            assertThat(chunk.remaining()).isLessThanOrEqualTo(ResponseBody.CHUNK_BYTES);
            all.put(chunk);
        }
        assertThat(all.array()).isEqualTo(object);
        call.awaitDone();
        assertThat(call.error).isNotDone();
    }

    @Test
    void demandIsServedChunkByChunk() throws Exception {
        CompletableFuture<Boolean> allRead = new CompletableFuture<>();
        RawServer server = server((header, client) -> {
            client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (String word : List.of("one", "two", "six")) {
                client.send("3\r\n" + word + "\r\n");
            }
            allRead.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
            client.send("0\r\n\r\n");
        });
        Call call = Call.get(client(), server.port());
        StepVerifier.create(call.awaitBody().map(ReactorNettyHttpClientTest::text), 0)
                .thenRequest(1)
                .expectNext("one")
                .thenRequest(1)
                .expectNext("two")
                .thenRequest(1)
                .expectNext("six")
                .then(() -> allRead.complete(true))
                .thenRequest(1) // nothing is read unasked, so neither is an end that comes by itself
                .expectComplete()
                .verify(DEADLINE);
        call.awaitDone();
    }

    @Test
    void aSecondSubscriberIsRefused() throws Exception {
        RawServer server = server((header, client) -> client.ok(5).send("hello"));
        Call call = Call.get(client(), server.port());
        assertThat(call.bytes()).hasSize(5);
        StepVerifier.create(call.awaitBody())
                .expectErrorMessage("a body has one subscriber")
                .verify(DEADLINE);
    }

    @Test
    void aBodyThatEndsWithItsConnectionIsWhole() throws Exception {
        RawServer server = server((header, client) -> {
            client.send("HTTP/1.1 200 OK\r\n\r\nhello");
            client.close();
        });
        assertThat(Call.get(client(), server.port()).bytes()).asString().isEqualTo("hello");
    }

    @Test
    void responsesWithoutABodyAreDoneThoughNobodySubscribes() throws Exception {
        RawServer server = server((header, client) -> {
            if (header.startsWith("HEAD")) {
                client.ok(1000);
            } else if (header.contains("/204")) {
                client.send("HTTP/1.1 204 No Content\r\n\r\n");
            } else if (header.contains("/304")) {
                client.send("HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n");
            } else {
                client.ok(0);
            }
        });
        ReactorNettyHttpClient client = client(ReactorNettyHttpClient.builder().maxConnections(1));
        for (String path : List.of("/0", "/204", "/304")) {
            Call call = call(client, SdkHttpMethod.GET, server, path);
            call.awaitDone();
            assertThat(call.bytes()).isEmpty();
        }
        Call head = call(client, SdkHttpMethod.HEAD, server, "/0");
        head.awaitDone();
        assertThat(head.awaitHead().firstMatchingHeader("content-length")).contains("1000");
        assertThat(head.bytes()).isEmpty();
        assertThat(server.acceptedConnections()).isEqualTo(1);
    }

    @Test
    void redirectsAreNotFollowedAndNothingIsUnzipped() throws Exception {
        RawServer server = server((header, client) -> client.send("HTTP/1.1 307 Temporary Redirect\r\n"
                + "Location: http://127.0.0.1:1/\r\nContent-Encoding: gzip\r\nX-Twice: a\r\nx-twice: b\r\n"
                + "Content-Length: 3\r\n\r\nzip"));
        Call call = Call.get(client(), server.port());
        assertThat(call.awaitHead().statusCode()).isEqualTo(307);
        assertThat(call.awaitHead().statusText()).contains("Temporary Redirect");
        assertThat(call.awaitHead().matchingHeaders("X-TWICE")).containsExactly("a", "b");
        assertThat(call.bytes()).asString().isEqualTo("zip");
        assertThat(server.headers().get(0))
                .doesNotContainIgnoringCase("accept")
                .doesNotContainIgnoringCase("user-agent");
    }

    @Test
    void requestsGoOutAsTheyAre() throws Exception {
        RawServer server = server((header, client) -> client.ok(0));
        String path = "//a%2Fb/../%25/+%20/%C3%A9//";
        Call call = Call.of(
                client(),
                Call.request(SdkHttpMethod.GET, "http://127.0.0.1:" + server.port() + path).toBuilder()
                        .putRawQueryParameter("list-type", "2")
                        .putRawQueryParameter("prefix", "a/b+c %")
                        .headers(Map.of("Host", List.of("bucket.example"), "x-TWICE", List.of("a", "b")))
                        .build(),
                Call.content(Flux.empty(), 0L));
        call.awaitDone();
        assertThat(server.headers().get(0))
                .startsWith("GET " + path + "?list-type=2&prefix=a%2Fb%2Bc%20%25 HTTP/1.1\r\n")
                .contains("\r\nHost: bucket.example\r\n", "\r\nx-TWICE: a\r\n", "\r\nx-TWICE: b\r\n");
    }

    @Test
    void aRequestBodyIsStreamedWithTheLengthItSaid() throws Exception {
        byte[] object = S3Server.bytes(2 << 20, 3);
        List<byte[]> got = new ArrayList<>();
        RawServer server = server((header, client) -> {
            client.send("HTTP/1.1 100 Continue\r\n\r\n");
            got.add(client.read(object.length));
            client.ok(0);
        });
        Call call = Call.of(
                client(),
                Call.request(SdkHttpMethod.PUT, "http://127.0.0.1:" + server.port() + "/object").toBuilder()
                        .putHeader("Content-Length", String.valueOf(object.length))
                        .putHeader("Expect", "100-continue")
                        .build(),
                Call.content(Flux.range(0, 4).map(i -> ByteBuffer.wrap(object, i * (1 << 19), 1 << 19)), (long)
                        object.length));
        call.awaitDone();
        assertThat(call.awaitHead().statusCode()).isEqualTo(200);
        assertThat(got.get(0)).isEqualTo(object);
        assertThat(server.headers().get(0))
                .contains("Content-Length: " + object.length)
                .doesNotContainIgnoringCase("transfer-encoding");
    }

    @Test
    void aRequestBodyIsAskedForNoFasterThanItIsTaken() throws Exception {
        RawServer server = server((header, client) -> client.awaitClose());
        List<Long> asked = new ArrayList<>();
        Call call = Call.of(
                client(),
                Call.request(SdkHttpMethod.PUT, "http://127.0.0.1:" + server.port() + "/object"),
                Call.content(Flux.<ByteBuffer>never().doOnRequest(asked::add), 1L << 30));
        org.awaitility.Awaitility.await().until(() -> !asked.isEmpty());
        assertThat(asked).allMatch(n -> n <= 128);
        call.done.cancel(true);
    }

    @Test
    void anIllegalHeaderIsRefusedBeforeThereIsAConnection() throws Exception {
        RawServer server = server((header, client) -> client.ok(0));
        Call call = Call.of(
                client(),
                Call.request(SdkHttpMethod.GET, "http://127.0.0.1:" + server.port() + "/").toBuilder()
                        .putHeader("x", "a\r\nInjected: b")
                        .build(),
                Call.content(Flux.empty(), 0L));
        assertThat(call.awaitError()).isInstanceOf(IllegalArgumentException.class);
        assertThat(server.acceptedConnections()).isZero();
    }

    @Test
    void connectionsAreUsedAgainAndNoMoreThanAllowed() throws Exception {
        RawServer server = server((header, client) -> client.ok(5).send("hello"));
        ReactorNettyHttpClient client = client(ReactorNettyHttpClient.builder().maxConnections(2));
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            calls.add(Call.get(client, server.port()));
        }
        for (Call call : calls) {
            assertThat(call.bytes()).hasSize(5);
        }
        assertThat(server.acceptedConnections()).isLessThanOrEqualTo(2);
    }

    @Test
    void wrongSettingsAreRefusedWithTheirValue() {
        ReactorNettyHttpClientBuilder builder = ReactorNettyHttpClient.builder();
        assertThatThrownBy(() -> builder.maxConnections(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected max connections >= 1, but got 0");
        assertThatThrownBy(() -> builder.readTimeout(Duration.ZERO))
                .hasMessage("expected read time-out >= 1 ms, but got PT0S");
    }

    @Test
    void timeLimitsMayBeLongerThanTheClockCounts() throws Exception {
        Duration longest = Duration.ofSeconds(Long.MAX_VALUE);
        RawServer server = server((header, client) -> client.ok(5).send("hello"));
        ReactorNettyHttpClient client = client(ReactorNettyHttpClient.builder()
                .acquireTimeout(longest)
                .connectTimeout(longest)
                .responseHeaderTimeout(longest)
                .readTimeout(longest)
                .writeTimeout(longest)
                .idleTimeout(longest));
        assertThat(Call.get(client, server.port()).bytes()).asString().isEqualTo("hello");
    }

    private static Call call(ReactorNettyHttpClient client, SdkHttpMethod method, RawServer server, String path) {
        return Call.of(
                client,
                Call.request(method, "http://127.0.0.1:" + server.port() + path),
                Call.content(Flux.empty(), 0L));
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes).toString();
    }

    private ReactorNettyHttpClient client() {
        return client(ReactorNettyHttpClient.builder());
    }

    private ReactorNettyHttpClient client(ReactorNettyHttpClientBuilder builder) {
        ReactorNettyHttpClient client = builder.build();
        resources.add(client);
        return client;
    }

    private RawServer server(RawServer.Answer answer) throws IOException {
        RawServer server = RawServer.answering(answer);
        resources.add(server);
        return server;
    }
}
