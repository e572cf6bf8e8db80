package io.pipeflux.s3.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.handler.ssl.util.SelfSignedCertificate;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.test.RawServer;
import io.pipeflux.s3.test.S3Server;
import java.nio.ByteBuffer;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.netty.Connection;
import reactor.netty.tcp.TcpClient;
import software.amazon.awssdk.http.SdkHttpMethod;

/** The kernel collects bytes only while more of them arrive, and none is ever left with it. */
@SuppressWarnings("deprecation") // the JDK has no other maker of certificates
class ReadMarkTest {

    private static final IntegerUnixChannelOption OPTION = new IntegerUnixChannelOption("SO_RCVLOWAT", 1, 18);
    private static final int MIB = 1 << 20;
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final List<AutoCloseable> resources = new ArrayList<>();
    private Duration timeout = Duration.ofSeconds(30);
    private Channel channel;

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable resource : resources) {
            resource.close();
        }
    }

    // == the mark ==

    @Test
    void itIsWhatArrivesWithinFiveMilliseconds() throws Exception {
        with(8 * MIB, mark -> {
            mark.arrived(16 << 10, MILLI / 10, 7 * MIB);
            assertThat(ofSocket()).isEqualTo(128 << 10);
            mark.arrived(128 << 10, 15 * MILLI, 6 * MIB); // 43 KB
            assertThat(ofSocket()).isEqualTo(32 << 10);
            mark.arrived(32 << 10, 32 * MILLI, 6 * MIB);
            assertThat(ofSocket()).isEqualTo(1);
        });
    }

    @Test
    void itIsAtMostHalfOfWhatIsMissing() throws Exception {
        with(8 * MIB, mark -> {
            mark.arrived(MIB, MILLI, 256 << 10);
            assertThat(ofSocket()).isEqualTo(128 << 10);
            mark.arrived(1, 1, (256 << 10) - 1);
            assertThat(ofSocket()).isEqualTo(32 << 10);
            mark.arrived(1, 1, (64 << 10) - 1);
            assertThat(ofSocket()).isEqualTo(1);
        });
    }

    @Test
    void smallBodiesAndThoseOfUnknownLengthHaveNone() throws Exception {
        for (long expected : new long[] {-1, 0, (512 << 10) - 1}) {
            with(expected, mark -> {
                mark.arrived(128 << 10, MILLI, 8 * MIB);
                assertThat(ofSocket()).isEqualTo(1);
                assertThat(mark.isUsable()).isFalse();
            });
        }
    }

    @Test
    void withAShortReadTimeoutThereIsNone() throws Exception {
        timeout = Duration.ofMillis(499);
        with(8 * MIB, mark -> assertThat(mark.isUsable()).isFalse());
        timeout = Duration.ofMillis(500);
        with(8 * MIB, mark -> assertThat(mark.isUsable()).isTrue());
    }

    @Test
    void clearingReturnsWhetherBytesMayHaveWaited() throws Exception {
        with(8 * MIB, mark -> {
            assertThat(mark.clear()).isFalse();
            mark.arrived(16 << 10, MILLI / 10, 7 * MIB);
            assertThat(mark.clear()).isTrue();
            assertThat(mark.clear()).isFalse();
            assertThat(ofSocket()).isEqualTo(1);
        });
    }

    @Test
    void aClosedConnectionIsNoError() throws Exception {
        with(8 * MIB, mark -> {
            channel.close();
            mark.arrived(128 << 10, MILLI, 8 * MIB);
            mark.clear();
        });
    }

    private void with(long expected, Consumer<ReadMark> test) throws Exception {
        RawServer server = server(ServerSocketFactory.getDefault(), (header, client) -> {});
        Connection connection = TcpClient.create()
                .host("127.0.0.1")
                .port(server.port())
                .connect()
                .block(Patience.PATIENCE);
        resources.add(connection::disposeNow);
        channel = connection.channel();
        assertThat(channel).isInstanceOf(EpollSocketChannel.class);
        channel.eventLoop()
                .submit(() -> test.accept(new ReadMark(channel, expected, timeout.toNanos())))
                .get(Patience.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private int ofSocket() {
        return channel.config().getOption(OPTION);
    }

    // == with a server ==

    @Test
    void bytesOfAServerThatPausesAreReadMeanwhile() throws Exception {
        byte[] object = S3Server.bytes(8 * MIB, 1);
        int paused = 2 * MIB + 10;
        CompletableFuture<Boolean> read = new CompletableFuture<>();
        RawServer server = server(ServerSocketFactory.getDefault(), (header, client) -> {
            client.ok(object.length).send(Arrays.copyOf(object, 2 * MIB));
            client.send(Arrays.copyOfRange(object, 2 * MIB, paused));
            read.get(Patience.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            client.send(Arrays.copyOfRange(object, paused, object.length));
        });
        ByteBuffer all = ByteBuffer.allocate(object.length);
        Call.get(client(ReactorNettyHttpClient.builder()), server.port())
                .awaitBody()
                .doOnNext(chunk -> {
                    if (all.put(chunk).position() == paused) {
                        read.complete(true);
                    }
                })
                .blockLast(Patience.PATIENCE);
        assertThat(all.array()).isEqualTo(object);
    }

    @Test
    void theErrorOfABodyThatBreaksOffCountsAllBytes() throws Exception {
        byte[] object = S3Server.bytes(2 * MIB + 10, 2);
        RawServer server = server(ServerSocketFactory.getDefault(), (header, client) -> {
            client.ok(8 * MIB).send(object);
            client.close();
        });
        Call call = Call.get(client(ReactorNettyHttpClient.builder()), server.port());
        long[] received = {0};
        call.awaitBody()
                .doOnNext(chunk -> received[0] += chunk.remaining())
                .onErrorComplete()
                .blockLast(Patience.PATIENCE);
        assertThat(received[0]).isEqualTo(object.length);
        assertThat(call.awaitError()).hasMessageContaining(object.length + " of " + 8 * MIB + " bytes");
    }

    @Test
    void bodiesOfAnyLengthArriveWholeOneAfterTheOther() throws Exception {
        var certificate = new SelfSignedCertificate("localhost");
        ReactorNettyHttpClient client = client(ReactorNettyHttpClient.builder()
                .maxConnections(1)
                .tls(tls -> tls.trustManager(certificate.certificate())));
        for (boolean tls : new boolean[] {false, true}) {
            RawServer server = server(tls ? sockets(certificate) : ServerSocketFactory.getDefault(), (header, to) -> {
                byte[] object = object(length(header));
                to.ok(object.length);
                for (int at = 0; at < object.length; at += 20_000) {
                    to.send(Arrays.copyOfRange(object, at, Math.min(object.length, at + 20_000)));
                }
            });
            for (int more : new int[] {0, 1, 16_383, 16_384, 16_385, 100_000, MIB}) {
                for (int length : new int[] {(512 << 10) + more, 5}) {
                    Call call = Call.of(
                            client,
                            Call.request(
                                    SdkHttpMethod.GET,
                                    (tls ? "https" : "http") + "://localhost:" + server.port() + "/" + length),
                            Call.content(Flux.empty(), 0L));
                    assertThat(call.bytes()).isEqualTo(object(length));
                    call.awaitDone();
                }
            }
            assertThat(server.acceptedConnections()).isEqualTo(1);
        }
    }

    private static byte[] object(int length) {
        return S3Server.bytes(length, length);
    }

    private static int length(String header) {
        return Integer.parseInt(header.substring("GET /".length(), header.indexOf(" HTTP")));
    }

    private static ServerSocketFactory sockets(SelfSignedCertificate certificate) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null);
        store.setKeyEntry("key", certificate.key(), new char[0], new Certificate[] {certificate.cert()});
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context.getServerSocketFactory();
    }

    private ReactorNettyHttpClient client(ReactorNettyHttpClientBuilder settings) {
        ReactorNettyHttpClient client = settings.build();
        resources.add(client);
        return client;
    }

    private RawServer server(ServerSocketFactory sockets, RawServer.Answer answer) throws Exception {
        RawServer server = RawServer.answering(sockets, answer);
        resources.add(0, server);
        return server;
    }
}
