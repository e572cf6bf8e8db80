package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectReadException;
import io.pipeflux.s3.test.MemoryClient;
import io.pipeflux.s3.test.S3Server;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** A subscriber, a user of Reactor or a client that blocks for ever holds up itself only. */
@Timeout(180)
class BlockedSubscribersTest extends S3Test {

    private static final int BLOCKED = 64;
    private static final int PART = 50_000;
    private static final byte[] CONTENT = S3Server.bytes(3 * PART, 1);

    private final CountDownLatch never = new CountDownLatch(1);
    private final AtomicInteger blocked = new AtomicInteger();
    private final List<Disposable> readings = new ArrayList<>();

    @BeforeEach
    void objects() {
        server.put(bucket, "a", CONTENT);
        server.put(bucket, "b", CONTENT);
        server.put(
                bucket,
                "m/manifest",
                ("[{\"prefix\": \"s3://" + bucket + "/\"}, \"a\", \"b\"]").getBytes(StandardCharsets.UTF_8));
    }

    @AfterEach
    void release() {
        readings.forEach(Disposable::dispose);
        never.countDown();
    }

    @Test
    void manyThatBlockForEverDoNotKeepAnotherFromReading() {
        for (int i = 0; i < BLOCKED; i++) {
            S3Channel channel = channel(client, i % 2 == 0 ? "a" : "b");
            readings.add(
                    i % 4 < 2
                            ? channel.bytes().subscribe(chunk -> block())
                            : channel.objects().subscribe(object -> block()));
        }
        await().atMost(Duration.ofSeconds(60)).until(() -> blocked.get() == BLOCKED);

        assertReadsAll();
    }

    @Test
    void usersWhoBlockAllOfBoundedElasticDoNotKeepAnotherFromReading() {
        int all = Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE;
        for (int i = 0; i < 2 * all; i++) {
            readings.add(Schedulers.boundedElastic().schedule(this::block));
        }
        await().atMost(Duration.ofSeconds(60)).until(() -> blocked.get() >= all);

        assertReadsAll();
    }

    private void assertReadsAll() {
        assertThat(all(channel(client, "a").bytes())).isEqualTo(CONTENT);
        assertThat(all(channel(client, "b").shuffle(7).bytes())).isEqualTo(CONTENT);
        assertThat(all(S3Channels.manifest(client, "s3://" + bucket + "/m/manifest", options())
                        .bytes()))
                .hasSize(2 * CONTENT.length);
    }

    @Test
    void aClientThatBlocksForEverStopsNoOtherAndItsReadersGetAnError() {
        S3AsyncClient blocking = new MemoryClient(CONTENT, 1) {
            @Override
            public <T> CompletableFuture<T> getObject(
                    GetObjectRequest request, AsyncResponseTransformer<GetObjectResponse, T> transformer) {
                block();
                return super.getObject(request, transformer);
            }
        };
        S3ReadOptions impatient = options().retries(1).getsInFlight(1).noProgressTimeout(Duration.ofMillis(200));
        S3ObjectRef object = new S3ObjectRef("bucket", "key", CONTENT.length, null);
        Mono<Long> reading =
                ObjectBytesFlux.bytes(blocking, impatient, object, 0).count();

        assertThatThrownBy(reading::block)
                .isInstanceOf(ObjectReadException.class)
                .hasRootCauseInstanceOf(TimeoutException.class);
        for (int i = 0; i < BLOCKED; i++) {
            readings.add(reading.onErrorComplete().subscribe());
        }
        await().atMost(Duration.ofSeconds(60)).until(() -> blocked.get() == ClientThreads.MAX_THREADS);

        assertThat(ObjectBytesFlux.bytes(new MemoryClient(CONTENT, 1), options(), object, 0)
                        .count()
                        .block())
                .isEqualTo(3);
    }

    @Test
    void aSubscriberMayBlockInASignalUntilOthersOfItsChannelArrive() {
        IntStream.range(0, 10).forEach(i -> server.put(bucket, "k" + i, CONTENT));

        List<byte[]> all = channel(client, "k")
                .objects()
                .map(object -> all(object.bytes()))
                .collectList()
                .block();

        assertThat(all).hasSize(10).allMatch(bytes -> bytes.length == CONTENT.length);
    }

    @Test
    void objectsAndChunksComeOnTheAskingThreadOrOnTheChannelsWhichEndsWithIt() {
        IntStream.range(0, 10).forEach(i -> server.put(bucket, "k" + i, CONTENT));
        StringBuilder manifest = new StringBuilder("[{\"prefix\": \"s3://" + bucket + "/\"}");
        IntStream.range(0, 10).forEach(i -> manifest.append(", \"k").append(i).append('"'));
        server.put(bucket, "manifest", (manifest + "]").getBytes(StandardCharsets.UTF_8));
        String prefix = "s3://" + bucket + "/k";
        String list = "s3://" + bucket + "/manifest";
        S3ReadOptions pages = options().pageSize(2);

        assertThat(threads(S3Channels.prefix(client, prefix, pages)))
                .isSubsetOf("pipeflux-" + prefix, Thread.currentThread().getName());
        assertThat(threads(S3Channels.prefix(client, prefix, pages).shuffle(1)))
                .isSubsetOf("pipeflux-" + prefix, Thread.currentThread().getName());
        assertThat(threads(S3Channels.manifest(client, list, pages)))
                .isSubsetOf("pipeflux-manifest " + list, Thread.currentThread().getName());
        await().atMost(Duration.ofSeconds(60))
                .until(() -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().contains(bucket)));
    }

    private static List<String> threads(S3Channel channel) {
        List<String> names = channel.objects()
                .concatMap(
                        object -> Flux.concat(Flux.just(object), object.bytes())
                                .map(signal -> Thread.currentThread().getName()),
                        0)
                .concatWith(Mono.fromCallable(() -> Thread.currentThread().getName()))
                .collectList()
                .block();
        assertThat(names).hasSize(10 * (1 + 3) + 1);
        return names;
    }

    private S3Channel channel(S3AsyncClient client, String prefix) {
        return S3Channels.prefix(client, "s3://" + bucket + "/" + prefix, options());
    }

    private static S3ReadOptions options() {
        return S3ReadOptions.defaults().partSize(PART);
    }

    private void block() {
        blocked.incrementAndGet();
        boolean interrupted = false;
        while (never.getCount() > 0) {
            try {
                never.await();
            } catch (InterruptedException e) {
                interrupted = true; // a dispose: who blocks for ever does not heed it
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
