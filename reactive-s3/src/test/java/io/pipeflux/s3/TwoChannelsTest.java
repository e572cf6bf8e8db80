package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import io.pipeflux.s3.test.FaultProxy.Trouble;
import io.pipeflux.s3.test.S3Server;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Two channels over one client whose connections are fewer than either window wants. */
class TwoChannelsTest extends S3Test {

    private static final int CONNECTIONS = 4;
    private static final int PART = 50_000;
    private static final int WINDOW_PARTS = 8;
    private static final int PARTS = 40;
    private static final int SOME = 12;

    private final ConcurrentHashMap<String, AtomicInteger> gets = new ConcurrentHashMap<>();

    static Stream<SdkAsyncHttpClient.Builder<?>> clients() {
        return Stream.of(
                ReactorNettyHttpClient.builder().maxConnections(CONNECTIONS),
                NettyNioAsyncHttpClient.builder().maxConcurrency(CONNECTIONS));
    }

    @ParameterizedTest
    @MethodSource("clients")
    void oneThatStallsWithItsWindowFullNeverKeepsTheOtherWaiting(SdkAsyncHttpClient.Builder<?> http) throws Exception {
        for (String name : List.of("train", "eval")) {
            server.put(bucket, name + "/a", S3Server.bytes(PARTS * PART, name.hashCode()));
            gets.put(name, new AtomicInteger());
        }
        proxy.delay(Duration.ofMillis(20));
        proxy.troubleEvery(head -> {
            gets.forEach((name, count) -> count.addAndGet(head.contains("/" + name + "/") ? 1 : 0));
            return Trouble.NONE;
        });
        S3AsyncClient client = server.plainClient(proxy.port(), http);

        Loop train = new Loop(client, "train");
        train.takesSomeThenStalls();
        new Loop(client, "eval").takesAll();
        Loop eval = new Loop(client, "eval");
        eval.takesSomeThenStalls();
        train.takesAll();
        eval.takesAll();
    }

    /** One that takes chunks as it is let, and blocks the thread that emits the next. */
    private final class Loop extends BaseSubscriber<ByteBuffer> {

        private final String name;
        private final int getsBefore;
        private final Semaphore let = new Semaphore(0);
        private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
        private final CompletableFuture<byte[]> all = new CompletableFuture<>();

        Loop(S3AsyncClient client, String name) {
            this.name = name;
            this.getsBefore = gets.get(name).get();
            S3ReadOptions options = S3ReadOptions.defaults().partSize(PART).windowBytes(WINDOW_PARTS * PART);
            S3Channels.prefix(client, "s3://" + bucket + "/" + name + "/", options)
                    .bytes()
                    .subscribe(this);
        }

        void takesSomeThenStalls() {
            let.release(SOME);
            // a part is a chunk; the window holds the one that waits in onNext, too
            await().untilAsserted(
                            () -> assertThat(gets.get(name).get() - getsBefore).isEqualTo(SOME + WINDOW_PARTS));
            assertThat(let.hasQueuedThreads()).isTrue();
        }

        void takesAll() throws Exception {
            let.release(PARTS);
            assertThat(Arrays.equals(Patience.get(all), S3Server.bytes(PARTS * PART, name.hashCode())))
                    .isTrue();
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            subscription.request(1);
        }

        @Override
        protected void hookOnNext(ByteBuffer chunk) {
            let.acquireUninterruptibly();
            taken.write(chunk.array(), chunk.arrayOffset() + chunk.position(), chunk.remaining());
            request(1);
        }

        @Override
        protected void hookOnComplete() {
            all.complete(taken.toByteArray());
        }

        @Override
        protected void hookOnError(Throwable t) {
            all.completeExceptionally(t);
        }
    }
}
