package io.pipeflux.s3.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.test.RawServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import software.amazon.awssdk.http.SdkCancellationException;
import software.amazon.awssdk.http.SdkHttpMethod;

/** What goes wrong on a socket arrives as an error that says so, and leaves no connection behind. */
@Execution(ExecutionMode.CONCURRENT) // most of them wait
class HttpFaultsTest {

    /** For time limits that are meant to be exceeded. */
    private static final Duration SHORT = Duration.ofMillis(300);
    /** For limits that a busy machine must not exceed, and yet a test waits longer. */
    private static final Duration LONG = Duration.ofSeconds(10);

    private static final Duration DEADLINE = Patience.PATIENCE;

    private final List<AutoCloseable> resources = new ArrayList<>();
    private final UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(true);

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable resource : resources) {
            resource.close();
        }
        await().untilAsserted(() -> assertThat(
                        buffers.metric().usedDirectMemory() + buffers.metric().usedHeapMemory())
                .as("bytes of Netty's buffers not released")
                .isZero());
    }

    @Test
    void aConnectionClosedInTheHeaderIsAnError() throws Exception {
        RawServer server = server((header, client) -> {
            client.send("HTTP/1.1 200 OK\r\nContent-Le");
            client.close();
        });
        Call call = Call.get(client(ReactorNettyHttpClient.builder()), server.port());
        assertThat(call.awaitError())
                .isInstanceOf(IOException.class)
                .hasMessage("GET http://127.0.0.1:" + server.port()
                        + "/object: the connection was closed before the response's header had arrived");
        assertFailed(call);
        assertNoConnection(server);
    }

    @Test
    void aConnectionClosedInTheBodyIsAnErrorWithWhatHadCome() throws Exception {
        RawServer server = server((header, client) -> {
            client.ok(1000).send(new byte[600]);
            client.close();
        });
        Call call = Call.get(client(ReactorNettyHttpClient.builder()), server.port());
        StepVerifier.create(call.awaitBody().map(ByteBuffer::remaining).reduce(0, Integer::sum))
                .expectErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(IOException.class)
                        .hasMessageEndingWith(
                                "the connection was closed in the response's body, after 600 of 1000 bytes"))
                .verify(DEADLINE);
        assertThat(call.awaitError()).isInstanceOf(IOException.class);
        assertFailed(call);
        assertNoConnection(server);
    }

    @Test
    void bytesThatCameBeforeTheEndAreHandedOverBeforeTheError() throws Exception {
        RawServer server = server((header, client) -> {
            client.ok(1000).send(new byte[600]);
            client.close();
        });
        Call call = Call.get(client(ReactorNettyHttpClient.builder()), server.port());
        AtomicInteger bytes = new AtomicInteger();
        StepVerifier.create(call.awaitBody().doOnNext(chunk -> bytes.addAndGet(chunk.remaining())), 0)
                .thenRequest(Long.MAX_VALUE)
                .thenConsumeWhile(chunk -> true)
                .expectError(IOException.class)
                .verify(DEADLINE);
        assertThat(bytes).hasValue(600);
    }

    @Test
    void aChunkedBodyWithoutItsLastChunkIsAnError() throws Exception {
        RawServer server = server((header, client) -> {
            client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
            client.close();
        });
        Call call = Call.get(client(ReactorNettyHttpClient.builder()), server.port());
        StepVerifier.create(call.awaitBody())
                .thenConsumeWhile(chunk -> true)
                .expectErrorSatisfies(e -> assertThat(e).hasMessageEndingWith("after 5 bytes of an unknown number"))
                .verify(DEADLINE);
    }

    @Test
    void aResetConnectionIsAnError() throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        RawServer server = server((header, client) -> {
            client.ok(1000).send(new byte[600]);
            reading.await();
            client.reset();
        });
        Call call = Call.get(client(ReactorNettyHttpClient.builder()), server.port());
        StepVerifier.create(call.awaitBody().doOnNext(chunk -> reading.countDown()))
                .thenConsumeWhile(chunk -> true)
                .expectErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("GET http://127.0.0.1")
                        .hasMessageEndingWith("after 600 of 1000 bytes"))
                .verify(DEADLINE);
        assertNoConnection(server);
    }

    @Test
    void aGarbledHeaderIsAnError() throws Exception {
        RawServer server = server((header, client) -> client.send("SSH-2.0-what\r\n\r\n"));
        Call call = Call.get(client(ReactorNettyHttpClient.builder()), server.port());
        assertThat(call.awaitError()).isInstanceOf(IOException.class).hasMessageContaining("GET http://127.0.0.1");
        assertNoConnection(server);
    }

    @Test
    void aServerThatDoesNotAnswerTimesOut() throws Exception {
        RawServer server = server((header, client) -> client.awaitClose());
        Call call = Call.get(client(ReactorNettyHttpClient.builder().responseHeaderTimeout(SHORT)), server.port());
        assertThat(call.awaitError())
                .isInstanceOf(IOException.class)
                .hasMessageEndingWith("the response's header did not arrive in time");
        assertNoConnection(server);
    }

    @Test
    void aServerThatStopsInTheBodyTimesOutAsBytesWereAskedFor() throws Exception {
        RawServer server = server((header, client) -> {
            client.ok(1000).send(new byte[600]);
            client.awaitClose();
        });
        Call call = Call.get(client(ReactorNettyHttpClient.builder().readTimeout(SHORT)), server.port());
        StepVerifier.create(call.awaitBody())
                .thenConsumeWhile(chunk -> true)
                .expectErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(IOException.class)
                        .hasMessageEndingWith(
                                "no byte of the response's body arrived for 300 ms, although it was requested,"
                                        + " after 600 of 1000 bytes"))
                .verify(DEADLINE);
        assertFailed(call);
        assertNoConnection(server);
    }

    @Test
    void aServerThatStopsInABodySubscribedToLateTimesOutAfterTheReadTimeout() throws Exception {
        RawServer server = server((header, client) -> {
            client.ok(1000).send(new byte[600]);
            client.awaitClose();
        });
        Call call = Call.get(
                client(ReactorNettyHttpClient.builder().readTimeout(SHORT).subscribeTimeout(DEADLINE.multipliedBy(5))),
                server.port());
        Flux<ByteBuffer> body = Flux.from(call.awaitBody());
        StepVerifier.create(Mono.delay(SHORT.multipliedBy(2)).thenMany(body))
                .thenConsumeWhile(chunk -> true)
                .expectErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("no byte of the response's body arrived for 300 ms"))
                .verify(DEADLINE);
        assertFailed(call);
    }

    @Test
    void aSubscriberThatPausesLongerThanEveryTimeoutLosesNothing() throws Exception {
        byte[] object = new byte[16 << 20]; // more than all the buffers on the way
        RawServer server = server((header, client) -> client.ok(object.length).send(object));
        Call call = Call.get(
                client(ReactorNettyHttpClient.builder()
                        .readTimeout(LONG)
                        .responseHeaderTimeout(LONG)
                        .writeTimeout(LONG)
                        .acquireTimeout(LONG)
                        .idleTimeout(LONG)
                        .connectTimeout(LONG)
                        .subscribeTimeout(LONG)),
                server.port());
        AtomicInteger bytes = new AtomicInteger();
        StepVerifier.create(call.awaitBody().doOnNext(chunk -> bytes.addAndGet(chunk.remaining())), 0)
                .thenAwait(LONG.plusSeconds(1))
                .thenRequest(1)
                .expectNextCount(1)
                .thenAwait(LONG.plusSeconds(1))
                .thenRequest(Long.MAX_VALUE)
                .thenConsumeWhile(chunk -> true)
                .expectComplete()
                .verify(DEADLINE);
        assertThat(bytes).hasValue(object.length);
        call.awaitDone();
    }

    @Test
    void nothingIsReadWithoutDemandBeyondWhatTheKernelHolds() throws Exception {
        AtomicInteger written = new AtomicInteger();
        RawServer server = server((header, client) -> {
            client.socket().setSendBufferSize(64 << 10);
            client.ok(256 << 20);
            for (int i = 0; i < 256; i++) {
                client.send(new byte[1 << 20]);
                written.incrementAndGet();
            }
        });
        Call call = Call.get(client(ReactorNettyHttpClient.builder()), server.port());
        BaseSubscriber<ByteBuffer> subscriber = new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(org.reactivestreams.Subscription s) {
                s.request(1);
            }
        };
        call.awaitBody().subscribe(subscriber);
        AtomicInteger before = new AtomicInteger(-1);
        await().pollInterval(Duration.ofMillis(300)).until(() -> before.getAndSet(written.get()) == written.get());
        assertThat(written.get()).isLessThan(16); // the kernel's receive buffer grows to 6 MiB
        subscriber.cancel();
        assertNoConnection(server);
    }

    @Test
    void aServerThatDoesNotReadTheRequestTimesOut() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        RawServer server = server((header, client) -> {
            over.await();
            client.close();
        });
        Flux<ByteBuffer> endless = Flux.generate(sink -> sink.next(ByteBuffer.wrap(new byte[1 << 20])));
        Call call = Call.of(
                client(ReactorNettyHttpClient.builder().writeTimeout(SHORT)),
                Call.request(SdkHttpMethod.PUT, "http://127.0.0.1:" + server.port() + "/object"),
                Call.content(endless, 1L << 30));
        assertThat(call.awaitError())
                .isInstanceOf(IOException.class)
                .hasMessageEndingWith("the server did not take the request in time");
        over.countDown();
        assertNoConnection(server);
    }

    @Test
    void aServerThatIsNotThereIsAnError() throws Exception {
        try (Socket nobodyListens = new Socket()) {
            nobodyListens.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)); // the port stays taken
            Call call = Call.get(client(ReactorNettyHttpClient.builder()), nobodyListens.getLocalPort());
            assertThat(call.awaitError())
                    .isInstanceOf(IOException.class)
                    .hasRootCauseInstanceOf(ConnectException.class);
            assertFailed(call);
        }
    }

    @Test
    void requestsWaitForAConnectionAndNoLongerThanTheyMay() throws Exception {
        RawServer server = server((header, client) -> {
            client.ok(1000).send(new byte[1]);
            client.awaitClose();
        });
        ReactorNettyHttpClient client = client(ReactorNettyHttpClient.builder()
                .maxConnections(1)
                .maxPendingAcquires(1)
                .acquireTimeout(SHORT));
        Call holds = Call.get(client, server.port());
        holds.awaitBody();
        Call waits = Call.get(client, server.port());
        Call tooMany = Call.get(client, server.port());
        assertThat(tooMany.awaitError())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Pending acquire queue has reached its maximum size of 1");
        assertThat(waits.awaitError())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no connection became free in time");
        assertThat(server.acceptedConnections()).isEqualTo(1);
    }

    @Test
    void aFutureCancelledBeforeTheHeaderClosesTheConnection() throws Exception {
        RawServer server = server((header, client) -> client.awaitClose());
        Call call = Call.get(client(ReactorNettyHttpClient.builder()), server.port());
        await().until(() -> server.headers().size() == 1);
        call.done.cancel(true);
        assertNoConnection(server);
    }

    @Test
    void aFutureCancelledInTheBodyClosesTheConnectionAndNotifiesTheSubscriber() throws Exception {
        RawServer server = server((header, client) -> {
            client.ok(1 << 20).send(new byte[600]);
            client.awaitClose();
        });
        Call call = Call.get(client(ReactorNettyHttpClient.builder()), server.port());
        StepVerifier.create(call.awaitBody())
                .expectNextCount(1)
                .then(() -> call.done.completeExceptionally(new IllegalStateException("the call timed out")))
                .expectErrorMessage("the call timed out")
                .verify(DEADLINE);
        assertNoConnection(server);
    }

    @Test
    void aBodyCancelledWithALongRestClosesTheConnection() throws Exception {
        RawServer server = server((header, client) -> {
            client.ok(1 << 30).send(new byte[1 << 20]);
            client.awaitClose();
        });
        Call call = Call.get(client(ReactorNettyHttpClient.builder()), server.port());
        Disposable reading = call.awaitBody().subscribe();
        reading.dispose();
        assertThat(call.done)
                .failsWithin(DEADLINE)
                .withThrowableThat()
                .withCauseInstanceOf(SdkCancellationException.class);
        assertNoConnection(server);
    }

    @Test
    void aBodyCancelledWithAShortRestIsReadAndItsConnectionUsedAgain() throws Exception {
        CountDownLatch cancelled = new CountDownLatch(1);
        RawServer server = server((header, client) -> {
            client.ok(1000).send(new byte[600]);
            cancelled.await();
            client.send(new byte[400]);
        });
        ReactorNettyHttpClient client = client(ReactorNettyHttpClient.builder().maxConnections(1));
        Call first = Call.get(client, server.port());
        StepVerifier.create(first.awaitBody()).expectNextCount(1).thenCancel().verify(DEADLINE);
        cancelled.countDown();
        Call second = Call.get(client, server.port());
        assertThat(second.bytes()).hasSize(1000);
        assertThat(server.acceptedConnections()).isEqualTo(1);
    }

    @Test
    void aShortRestThatDoesNotComeIsNotWaitedForLong() throws Exception {
        RawServer server = server((header, client) -> {
            client.ok(1000).send(new byte[600]);
            client.awaitClose();
        });
        Call call = Call.get(client(ReactorNettyHttpClient.builder()), server.port());
        StepVerifier.create(call.awaitBody()).expectNextCount(1).thenCancel().verify(DEADLINE);
        assertNoConnection(server);
    }

    @Test
    void aBodyNobodySubscribesToIsGivenUp() throws Exception {
        RawServer server = server((header, client) -> {
            client.ok(1 << 30).send(new byte[1 << 20]);
            client.awaitClose();
        });
        Call call = Call.get(client(ReactorNettyHttpClient.builder().subscribeTimeout(SHORT)), server.port());
        assertThat(call.awaitError()).hasMessageEndingWith("nobody subscribed to the response's body for 300 ms");
        StepVerifier.create(call.awaitBody()).expectError(IOException.class).verify(DEADLINE);
        assertNoConnection(server);
    }

    @Test
    void aFutureCancelledBeforeTheBodyIsSubscribedToClosesTheConnection() throws Exception {
        RawServer server = server((header, client) -> {
            client.ok(1 << 30).send(new byte[1 << 20]);
            client.awaitClose();
        });
        Call call = Call.get(client(ReactorNettyHttpClient.builder()), server.port());
        Publisher<ByteBuffer> body = call.awaitBody();
        call.done.cancel(true);
        assertNoConnection(server);
        StepVerifier.create(body).expectError().verify(DEADLINE);
    }

    @Test
    void aBodyThatCameWholeFreesItsConnectionThoughNobodyReadsIt() throws Exception {
        RawServer server = server((header, client) -> client.whole("hello"));
        ReactorNettyHttpClient client = client(ReactorNettyHttpClient.builder().maxConnections(1));
        Call unread = Call.get(client, server.port());
        unread.awaitBody();
        assertThat(Call.get(client, server.port()).bytes()).asString().isEqualTo("hello");
        assertThat(unread.bytes()).asString().isEqualTo("hello");
        assertThat(server.acceptedConnections()).isEqualTo(1);
    }

    @Test
    void closingTheClientEndsWhatIsUnderWay() throws Exception {
        RawServer server = server((header, client) -> {
            client.ok(1000).send(new byte[600]);
            client.awaitClose();
        });
        ReactorNettyHttpClient client = ReactorNettyHttpClient.create();
        Call call = Call.get(client, server.port());
        StepVerifier.create(call.awaitBody())
                .expectNextCount(1)
                .then(client::close)
                .expectError(IOException.class)
                .verify(DEADLINE);
        assertNoConnection(server);
    }

    @Test
    void aBodyThatCameWholeCanBeReadAfterItsClientWasClosed() throws Exception {
        RawServer server = server((header, client) -> client.whole("hello"));
        ReactorNettyHttpClient client = ReactorNettyHttpClient.create();
        Call call = Call.get(client, server.port());
        call.awaitBody();
        client.close();
        Thread loop = call.thread.get(); // other tests have loops of the same name
        assertThat(loop.getName()).startsWith("pipeflux-s3-http");
        await().until(() -> !loop.isAlive());
        assertThat(call.bytes()).asString().isEqualTo("hello");
    }

    @Test
    void aRequestBodyThatEndsEarlyIsAnError() throws Exception {
        RawServer server = server((header, client) -> client.awaitClose());
        Call call = Call.of(
                client(ReactorNettyHttpClient.builder()),
                Call.request(SdkHttpMethod.PUT, "http://127.0.0.1:" + server.port() + "/object"),
                Call.content(Flux.just(ByteBuffer.wrap(new byte[10])), 20L));
        assertThat(call.awaitError()).hasMessageContaining("the request's body ended after 10 of 20 bytes");
        assertNoConnection(server);
    }

    @Test
    void anAnswerBeforeTheRequestWasSentIsReceived() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        RawServer server = server((header, client) -> {
            client.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\nConnection: close\r\n\r\nno!!");
            over.await();
            client.close();
        });
        Flux<ByteBuffer> endless = Flux.generate(sink -> sink.next(ByteBuffer.wrap(new byte[1 << 16])));
        Call call = Call.of(
                client(ReactorNettyHttpClient.builder()),
                Call.request(SdkHttpMethod.PUT, "http://127.0.0.1:" + server.port() + "/object"),
                Call.content(endless, 1L << 40));
        assertThat(call.awaitHead().statusCode()).isEqualTo(403);
        assertThat(call.bytes()).asString().isEqualTo("no!!");
        call.awaitDone();
        over.countDown();
        assertNoConnection(server);
    }

    private static void assertFailed(Call call) {
        assertThat(call.done).failsWithin(DEADLINE).withThrowableThat().withCauseInstanceOf(IOException.class);
    }

    private static void assertNoConnection(RawServer server) {
        await().until(() -> server.openConnections() == 0);
    }

    private ReactorNettyHttpClient client(ReactorNettyHttpClientBuilder builder) {
        ReactorNettyHttpClient client = builder.httpClient(http -> http.option(ChannelOption.ALLOCATOR, buffers))
                .build();
        resources.add(client);
        return client;
    }

    private RawServer server(RawServer.Answer answer) throws IOException {
        RawServer server = RawServer.answering(answer);
        resources.add(server);
        return server;
    }
}
