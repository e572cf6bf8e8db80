package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import io.pipeflux.s3.test.Answer;
import io.pipeflux.s3.test.MisbehavingStore;
import io.pipeflux.s3.test.MisbehavingStore.Misbehaviour;
import io.pipeflux.s3.test.MisbehavingStore.Request;
import io.pipeflux.s3.test.S3Server;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** A store that is away for longer than the retries. */
class RetryForTest {

    private static final byte[] OBJECT = S3Server.bytes(1000, 1);
    private static final byte[] MANIFEST = "[{\"prefix\": \"s3://train/\"}, \"a\"]".getBytes();
    private static final S3ReadOptions NO_RETRIES = S3ReadOptions.defaults().retries(0);

    private MisbehavingStore store;
    private S3AsyncClient client;

    @AfterEach
    void stop() throws Exception {
        client.close();
        store.close();
    }

    @Test
    void aPartIsRequestedAgainUntilTheTimeHasPassed() throws Exception {
        start(4, 503, Request::isGet);
        assertThat(S3Test.all(read(NO_RETRIES.retryFor(Patience.PATIENCE)))).isEqualTo(OBJECT);
        assertThat(store.requests().stream().filter(Request::isGet)).hasSize(5);
    }

    @Test
    void aPageIsRequestedAgainAfterTheRetriesOfTheClient() throws Exception {
        start(9, 503, Request::isList);
        assertThat(S3Test.all(read(NO_RETRIES.retryFor(Patience.PATIENCE)))).isEqualTo(OBJECT);
        assertThat(store.requests().stream().filter(Request::isList)).hasSize(10);
    }

    @Test
    void theSizeOfAnObjectOfAManifestIsRequestedAgain() throws Exception {
        start(
                9,
                503,
                request -> request.method().equals("HEAD") && request.key().equals("a"));
        assertThat(S3Test.all(S3Channels.manifest(client, "s3://train/m", NO_RETRIES.retryFor(Patience.PATIENCE))
                        .bytes()))
                .isEqualTo(OBJECT);
        assertThat(store.requests().stream().filter(request -> request.method().equals("HEAD")))
                .hasSizeGreaterThanOrEqualTo(10);
    }

    @Test
    void withoutATimeTheNumberDecides() throws Exception {
        start(4, 503, Request::isGet);
        assertThatThrownBy(() -> read(NO_RETRIES).blockLast(Patience.PATIENCE))
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining("503");
    }

    @Test
    void aShortTimeEndsBeforeALongOutage() throws Exception {
        start(Integer.MAX_VALUE, 503, Request::isGet);
        assertThatThrownBy(
                        () -> read(NO_RETRIES.retryFor(Duration.ofMillis(300))).blockLast(Patience.PATIENCE))
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining("503");
        assertThat(store.requests().stream().filter(Request::isGet).count()).isGreaterThan(1);
    }

    @Test
    void aRefusalIsNotAnOutage() throws Exception {
        start(Integer.MAX_VALUE, 403, request -> true);
        assertThatThrownBy(() -> read(NO_RETRIES.retryFor(Duration.ofDays(1))).blockLast(Patience.PATIENCE))
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining("403");
        assertThat(store.requests()).hasSize(1);
    }

    @Test
    void theTimeBeginsAnewAfterProgress() throws Exception {
        start(0, 503, request -> false);
        AtomicLong now = new AtomicLong();
        List<Long> logged = new ArrayList<>();
        Outage outage = new Outage(Duration.ofNanos(100), now::get, (nanos, patience, error) -> logged.add(nanos));
        IOException away = new ConnectException("refused");
        assertThat(outage.lasts(away)).isTrue();
        now.set(99);
        assertThat(outage.lasts(away)).isTrue();
        now.set(100);
        assertThat(outage.lasts(away)).isFalse();
        outage.end();
        assertThat(outage.lasts(away)).isTrue();
        now.set(199);
        assertThat(outage.lasts(away)).isTrue();
        assertThat(logged).containsExactly(0L, 99L, 100L, 0L, 99L);
        assertThat(new Outage(Duration.ZERO, now::get, (nanos, patience, error) -> {}).lasts(away))
                .isFalse();
    }

    @Test
    void onlyAStoreThatMayComeBackIsAway() throws Exception {
        start(0, 503, request -> false);
        assertThat(S3Failures.mayBeAway(new ConnectException("refused"))).isTrue();
        assertThat(S3Failures.mayBeAway(new TimeoutException("no byte"))).isTrue();
        assertThat(S3Failures.mayBeAway(SdkClientException.create("sent", new IOException("reset"))))
                .isTrue();
        assertThat(S3Failures.mayBeAway(SdkClientException.create("Unable to load credentials")))
                .isFalse();
        assertThat(S3Failures.mayBeAway(SdkClientException.create("sent", new SSLHandshakeException("untrusted"))))
                .isFalse();
    }

    @Test
    void wrongSettingsAreNoOutage() throws Exception {
        start(0, 503, request -> false);
        for (Exception wrong : List.of(
                new SSLException("not an SSL/TLS record"),
                new SSLPeerUnverifiedException("another host"),
                new IllegalArgumentException("port out of range:99999"))) {
            assertThat(S3Failures.mayBeAway(SdkClientException.create("sent", new IOException("sent", wrong))))
                    .as("%s", wrong)
                    .isFalse();
        }
        for (Exception network : List.of(
                new SSLException("reset", new SocketException("reset")),
                new SSLHandshakeException("ended") {
                    @Override
                    public Throwable getCause() {
                        return new EOFException("closed");
                    }
                },
                new SslHandshakeTimeoutException("timed out"))) {
            assertThat(S3Failures.mayBeAway(SdkClientException.create("sent", new IOException("sent", network))))
                    .as("%s", network)
                    .isTrue();
        }
    }

    @Test
    void aStoreWithoutTlsIsNotWaitedFor() throws Exception {
        start(0, 503, request -> false);
        try (ServerSocket plain = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                S3AsyncClient tls = client("https://user:pw-secret@127.0.0.1:" + plain.getLocalPort())) {
            Thread server = new Thread(() -> answerWithoutTls(plain));
            server.setDaemon(true);
            server.start();
            assertThatThrownBy(() -> S3Channels.prefix(tls, "s3://train/a", NO_RETRIES.retryFor(Duration.ofDays(1)))
                            .bytes()
                            .blockLast(Patience.PATIENCE))
                    .isInstanceOf(ObjectReadException.class)
                    .hasMessageStartingWith("no TLS connection to https://...@127.0.0.1:" + plain.getLocalPort()
                            + ": expected TLS, but the store answered without it: use http:// in the endpoint");
        }
    }

    /** Answers as a server for plain HTTP answers the first bytes of TLS, until the socket is closed. */
    private static void answerWithoutTls(ServerSocket plain) {
        byte[] hello = new byte[1 << 16];
        byte[] answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".getBytes();
        while (!plain.isClosed()) {
            try (Socket socket = plain.accept()) {
                int read = socket.getInputStream().read(hello);
                socket.getOutputStream().write(answer);
                while (read >= 0) {
                    read = socket.getInputStream().read(hello);
                }
            } catch (IOException e) {
                // the client has closed its connection, or the test has ended
            }
        }
    }

    @Test
    void aMissingTimeIsNamed() throws Exception {
        start(0, 503, request -> false);
        assertThatThrownBy(() -> NO_RETRIES.retryFor(null)).hasMessage("time to retry for");
        assertThatThrownBy(() -> NO_RETRIES.noProgressTimeout(null)).hasMessage("no-progress time-out");
        assertThatThrownBy(() -> S3WriteOptions.defaults().noProgressTimeout(null))
                .hasMessage("no-progress time-out");
    }

    @Test
    void aNegativeTimeIsRefused() throws Exception {
        start(0, 503, request -> false);
        assertThatThrownBy(() -> NO_RETRIES.retryFor(Duration.ofSeconds(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected time to retry for >= 0, but got PT-1S");
        assertThat(NO_RETRIES.retryFor(Duration.ofMinutes(5))).asString().contains("0 retries and for PT5M, ");
    }

    private Flux<ByteBuffer> read(S3ReadOptions options) {
        return S3Channels.prefix(client, "s3://train/a", options).bytes();
    }

    /** Starts a store that refuses the first requests of a kind. */
    private void start(int refused, int status, Predicate<Request> kind) throws IOException {
        store = new MisbehavingStore(Map.of("a", OBJECT, "m", MANIFEST), new Misbehaviour() {
            @Override
            public void answer(Request request, Answer answer) {
                if (kind.test(request) && request.number() < refused) {
                    answer.error(status, status == 403 ? "AccessDenied" : "ServiceUnavailable");
                }
            }
        });
        client = client("http://127.0.0.1:" + store.port());
    }

    private static S3AsyncClient client(String endpoint) {
        return S3AsyncClient.builder()
                .httpClientBuilder(ReactorNettyHttpClient.builder())
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret")))
                .endpointOverride(URI.create(endpoint))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .build();
    }
}
