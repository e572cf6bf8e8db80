package io.pipeflux.s3.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoopGroup;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.test.RawServer;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;
import reactor.test.StepVerifier;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;

/** Closing a client ends all that is under way, at whatever moment, and nothing that has arrived whole. */
class HttpCloseTest {

    private static final Duration DEADLINE = Patience.PATIENCE;

    /** Of the caller, so that closing the client does not end them: what ends, the client has ended. */
    private final LoopResources loops = LoopResources.create("test-http-close", 2, true);

    private final List<RawServer> servers = new ArrayList<>();
    private ReactorNettyHttpClient client;

    @BeforeEach
    void openClient() {
        client = ReactorNettyHttpClient.builder()
                .httpClient(http -> http.runOn(loops))
                .build();
    }

    @AfterEach
    void close() throws Exception {
        client.close();
        loops.dispose();
        for (RawServer server : servers) {
            server.close();
        }
    }

    @Test
    void aBodyUnderWayIsEndedOnEventLoopsThatLiveOn() throws Exception {
        RawServer server = halfABody();
        Call call = Call.get(client, server.port());
        StepVerifier.create(call.awaitBody())
                .expectNextCount(1)
                .then(client::close)
                .expectErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(IOException.class)
                        .hasMessageEndingWith(
                                "the HTTP client was closed in the response's body, after 600 of 1000 bytes"))
                .verify(DEADLINE);
        assertFailed(call);
        assertNoConnection(server);
    }

    @Test
    void aBodyThatNobodySubscribedToIsEnded() throws Exception {
        RawServer server = halfABody();
        Call call = Call.get(client, server.port());
        Flux<ByteBuffer> body = call.awaitBody();
        client.close();
        assertFailed(call);
        StepVerifier.create(body).expectError(IOException.class).verify(DEADLINE);
        assertNoConnection(server);
    }

    @Test
    void aRequestWithoutAResponseIsEnded() throws Exception {
        RawServer server = server((header, connection) -> connection.awaitClose());
        Call call = Call.get(client, server.port());
        await().until(() -> server.headers().size() == 1);
        client.close();
        assertThat(call.awaitError())
                .isInstanceOf(IOException.class)
                .hasMessageEndingWith("the HTTP client was closed before the response's header had arrived");
        assertFailed(call);
        assertNoConnection(server);
    }

    @Test
    void aRequestThatWaitsForAConnectionIsEnded() throws Exception {
        ReactorNettyHttpClient narrow = ReactorNettyHttpClient.builder()
                .maxConnections(1)
                .httpClient(http -> http.runOn(loops))
                .build();
        RawServer server = halfABody();
        Call holds = Call.get(narrow, server.port());
        holds.awaitBody();
        Call waits = Call.get(narrow, server.port());
        narrow.close();
        assertFailed(waits);
        assertFailed(holds);
        assertNoConnection(server);
    }

    @Test
    void aRequestToAClosedClientIsRefused() throws Exception {
        RawServer server = server((header, connection) -> connection.whole("hello"));
        assertThat(Call.get(client, server.port()).bytes()).hasSize(5);
        client.close();
        Call call = Call.get(client, server.port());
        assertThat(call.awaitError()).isInstanceOf(IOException.class);
        assertFailed(call);
        assertThat(server.headers()).hasSize(1);
    }

    @Test
    void aBodyThatHasArrivedWholeIsHandedOver() throws Exception {
        RawServer server = server((header, connection) -> connection.whole("hello"));
        ReactorNettyHttpClient narrow = ReactorNettyHttpClient.builder()
                .maxConnections(1)
                .httpClient(http -> http.runOn(loops))
                .build();
        Call unread = Call.get(narrow, server.port());
        unread.awaitBody();
        assertThat(Call.get(narrow, server.port()).bytes()).hasSize(5); // so the connection was free: it is whole
        narrow.close();
        assertThat(unread.bytes()).asString().isEqualTo("hello");
        unread.awaitDone();
    }

    @Test
    void whatBeginsBesideTheCloseEnds() throws Exception {
        RawServer server = halfABody();
        SplittableRandom random = new SplittableRandom(7);
        for (int round = 0; round < 60; round++) {
            boolean own = round % 2 == 0; // loops that the close ends, or that live on
            ReactorNettyHttpClient closing = own
                    ? ReactorNettyHttpClient.create()
                    : ReactorNettyHttpClient.builder()
                            .httpClient(http -> http.runOn(loops))
                            .build();
            List<Call> calls = new ArrayList<>();
            List<CompletableFuture<?>> bodies = new ArrayList<>();
            AtomicBoolean closed = new AtomicBoolean();
            Thread closer = new Thread(() -> {
                closing.close();
                closed.set(true);
            });
            int before = random.nextInt(8);
            long pause = random.nextLong(TimeUnit.MILLISECONDS.toNanos(4));
            for (int i = 0; !closed.get() || i <= before + 2; i++) {
                if (i == before) {
                    LockSupport.parkNanos(pause);
                    closer.start();
                }
                if (i >= 40) {
                    Thread.onSpinWait();
                } else {
                    Call call = Call.get(closing, server.port());
                    calls.add(call);
                    CompletableFuture<Object> ended = new CompletableFuture<>();
                    bodies.add(ended);
                    var unused = call.body.whenComplete((body, refused) -> {
                        if (refused != null) {
                            ended.complete(refused);
                        } else {
                            body.subscribe(chunk -> {}, ended::complete, () -> ended.complete("whole"));
                        }
                    });
                }
            }
            closer.join();
            for (int i = 0; i < calls.size(); i++) {
                assertFailed(calls.get(i));
                assertThat(bodies.get(i)).as("round %s, body %s", round, i).succeedsWithin(DEADLINE);
                assertThat(bodies.get(i).join()).isInstanceOf(IOException.class);
            }
        }
        assertNoConnection(server);
    }

    @Test
    void aWholeBodyThatIsSubscribedToWhileTheLoopEndsIsHandedOver() throws Exception {
        RawServer server = server((header, connection) -> connection.whole("hello"));
        SplittableRandom random = new SplittableRandom(8);
        for (int round = 0; round < 60; round++) {
            ReactorNettyHttpClient closing =
                    ReactorNettyHttpClient.builder().maxConnections(1).build();
            Call unread = Call.get(closing, server.port());
            unread.awaitBody();
            assertThat(Call.get(closing, server.port()).bytes()).hasSize(5);
            CountDownLatch closed = new CountDownLatch(1);
            Thread closer = new Thread(() -> {
                closing.close();
                closed.countDown();
            });
            closer.start();
            closed.await();
            LockSupport.parkNanos(random.nextLong(TimeUnit.MILLISECONDS.toNanos(2)));
            assertThat(unread.bytes()).as("round %s", round).asString().isEqualTo("hello");
            unread.awaitDone();
        }
    }

    private RawServer halfABody() throws IOException {
        return server((header, connection) -> {
            connection.ok(1000).send(new byte[600]);
            connection.awaitClose();
        });
    }

    /** The threads of Reactor's own schedulers never end, so they would keep the class loader of a job for ever. */
    @Test
    void noThreadIsUsedThatTheCloseDoesNotEnd() throws Exception {
        AtomicInteger scheduled = new AtomicInteger();
        Thread caller = Thread.currentThread();
        Schedulers.onScheduleHook("test", task -> {
            if (Thread.currentThread() == caller) { // other tests may run beside this one
                scheduled.incrementAndGet();
            }
            return task;
        });
        try {
            ReactorNettyHttpClient narrow =
                    ReactorNettyHttpClient.builder().maxConnections(1).build();
            RawServer server = halfABody();
            Call.get(narrow, server.port()).awaitBody();
            Call waits = Call.get(narrow, server.port()); // with a time-out
            narrow.close();
            assertFailed(waits);
        } finally {
            Schedulers.resetOnScheduleHook("test");
        }
        assertThat(scheduled).hasValue(0);
    }

    /** Reactor Netty never releases the resolver that it creates for event loops, so each client has its own. */
    @Test
    void nothingOfAClosedClientStaysInMemory() throws Exception {
        RawServer server = halfABody();
        List<WeakReference<EventLoopGroup>> used = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ReactorNettyHttpClient ownLoops = ReactorNettyHttpClient.builder()
                    .httpClient(http -> {
                        LoopResources own = http.configuration().loopResources();
                        used.add(new WeakReference<>(own.onClient(LoopResources.DEFAULT_NATIVE)));
                        return http;
                    })
                    .build();
            SdkHttpFullRequest get = Call.request(SdkHttpMethod.GET, "http://localhost:" + server.port() + "/object");
            Call.of(ownLoops, get, Call.content(Flux.empty(), 0L)).awaitBody();
            ownLoops.close();
        }
        assertThat(used).hasSize(3);
        await().atMost(DEADLINE).until(() -> {
            System.gc();
            return used.stream().allMatch(loopsOfAClient -> loopsOfAClient.refersTo(null));
        });
    }

    /** A job's classes are unloaded after its last close: nothing may run then. */
    @Test
    void noEventLoopRunsAfterTheClose() throws Exception {
        AtomicReference<EventLoopGroup> own = new AtomicReference<>();
        ReactorNettyHttpClient used = ReactorNettyHttpClient.builder()
                .httpClient(http -> {
                    own.set(http.configuration().loopResources().onClient(LoopResources.DEFAULT_NATIVE));
                    return http;
                })
                .build();
        RawServer server = halfABody();
        Call.get(used, server.port()).awaitBody();
        assertThat(own.get().isTerminated()).isFalse();
        Thread.currentThread().interrupt(); // as that of a cancelled task
        used.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(own.get().isTerminated()).isTrue();
    }

    private static void assertFailed(Call call) {
        assertThat(call.done).failsWithin(DEADLINE).withThrowableThat().withCauseInstanceOf(IOException.class);
    }

    private static void assertNoConnection(RawServer server) {
        await().atMost(DEADLINE).until(() -> server.openConnections() == 0);
    }

    private RawServer server(RawServer.Answer answer) throws IOException {
        RawServer server = RawServer.answering(answer);
        servers.add(server);
        return server;
    }
}
