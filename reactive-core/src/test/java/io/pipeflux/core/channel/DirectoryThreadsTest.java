package io.pipeflux.core.channel;

import static java.util.concurrent.TimeUnit.MICROSECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.suite.OpenResources;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** Each subscription to a directory has a thread of its own: a subscriber that blocks there holds up itself only. */
class DirectoryThreadsTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int FILES = 5;
    private static final int BYTES = 600_000;

    @TempDir
    Path directory;

    private final CountDownLatch release = new CountDownLatch(1);
    private final Disposable.Composite subscribers = Disposables.composite();

    @BeforeEach
    void writeFiles() throws IOException {
        for (int i = 0; i < FILES; i++) {
            Files.write(directory.resolve("file-" + i), new byte[BYTES]);
        }
    }

    @AfterEach
    void leavesNothingOpen() {
        release.countDown();
        subscribers.dispose();
        OpenResources.awaitNoneLeft(directory);
    }

    @Test
    void manyThatBlockDoNotHoldUpAnother() {
        CountDownLatch blocked = new CountDownLatch(64);
        DirectoryChannel channel = DirectoryChannel.of(directory);
        for (int i = 0; i < 64; i++) {
            subscribers.add(channel.bytes().subscribe(chunk -> block(blocked)));
        }
        await().atMost(LIMIT).until(() -> blocked.getCount() == 0);

        assertThat(bytes(channel.bytes())).isEqualTo((long) FILES * BYTES);
    }

    @Test
    void aSubscriberThatSetsTheInterruptFlagLosesNothing() {
        Flux<ByteBuffer> bytes = DirectoryChannel.of(directory)
                .bytes()
                .doOnNext(chunk -> Thread.currentThread().interrupt());

        assertThat(bytes(bytes)).isEqualTo((long) FILES * BYTES);
    }

    @Test
    void interruptsFromElsewhereAtAnyMomentLoseNothing() {
        AtomicReference<Thread> reader = new AtomicReference<>(new Thread());
        Disposable interrupter = Schedulers.boundedElastic()
                .schedulePeriodically(() -> reader.get().interrupt(), 0, 1, MICROSECONDS);
        subscribers.add(interrupter);
        Flux<ByteBuffer> bytes =
                DirectoryChannel.of(directory).bytes().doOnNext(chunk -> reader.set(Thread.currentThread()));

        assertThat(bytes(bytes)).isEqualTo((long) FILES * BYTES);
    }

    @Test
    void manyListingsThatBlockDoNotHoldUpAnother() {
        CountDownLatch blocked = new CountDownLatch(64);
        DirectoryChannel channel = DirectoryChannel.of(directory);
        for (int i = 0; i < 64; i++) {
            subscribers.add(channel.objects().subscribe(object -> block(blocked)));
        }
        await().atMost(LIMIT).until(() -> blocked.getCount() == 0);

        assertThat(channel.objects().count().block(LIMIT)).isEqualTo(FILES);
    }

    @Test
    void threadsThatUsersBlockAreNotNeeded() {
        int workers = Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE;
        CountDownLatch blocked = new CountDownLatch(workers);
        for (int i = 0; i < workers; i++) {
            subscribers.add(Schedulers.boundedElastic().schedule(() -> block(blocked)));
        }
        await().atMost(LIMIT).until(() -> blocked.getCount() == 0);

        assertThat(bytes(DirectoryChannel.of(directory).bytes())).isEqualTo((long) FILES * BYTES);
    }

    @Test
    void aReadingThatBlocksDoesNotHoldUpTheOtherObjectsOfItsChannel() {
        CountDownLatch blocked = new CountDownLatch(1);
        List<ObjectBytes> objects =
                DirectoryChannel.of(directory).objects().collectList().block(LIMIT);
        subscribers.add(objects.get(0).bytes().subscribe(chunk -> block(blocked)));
        await().atMost(LIMIT).until(() -> blocked.getCount() == 0);

        for (ObjectBytes object : objects.subList(1, FILES)) {
            assertThat(bytes(object.bytes())).isEqualTo(BYTES);
        }
    }

    @Test
    void theThreadIsNamedAfterTheDirectoryMadeAtTheFirstRequestAndGoneAtTheEnd() {
        String name = "pipeflux-" + directory.getFileName();
        List<String> emitting = new CopyOnWriteArrayList<>();
        BaseSubscriber<ByteBuffer> subscriber = new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {}

            @Override
            protected void hookOnNext(ByteBuffer chunk) {
                emitting.add(Thread.currentThread().getName());
            }
        };

        DirectoryChannel.of(directory).bytes().subscribe(subscriber);
        assertThat(OpenResources.pipeThreads()).isEmpty();
        subscriber.request(1);
        await().atMost(LIMIT).until(() -> emitting.size() == 1);
        assertThat(OpenResources.pipeThreads()).containsExactly(name);
        subscriber.request(3); // the next file, too
        await().atMost(LIMIT).until(() -> emitting.size() == 4);
        assertThat(emitting).containsOnly(name);
        assertThat(OpenResources.pipeThreads()).containsExactly(name);

        subscriber.cancel();
        await().atMost(LIMIT).until(() -> OpenResources.pipeThreads().isEmpty());
    }

    @Test
    void aSubscriberThatThrowsAnErrorGetsItsEnd() {
        AtomicReference<Throwable> end = new AtomicReference<>();
        subscribers.add(DirectoryChannel.of(directory)
                .bytes()
                .subscribe(
                        chunk -> {
                            throw new OutOfMemoryError("thrown by the test");
                        },
                        end::set));

        await().atMost(LIMIT).until(() -> end.get() != null);
        assertThat(end.get()).isInstanceOf(OutOfMemoryError.class);
    }

    @Test
    void itsElementsMayBeAskedForFromManyThreads() {
        Flux<ByteBuffer> hopping = DirectoryChannel.of(directory)
                .bytes()
                .publishOn(Schedulers.parallel(), 1)
                .repeat(20);

        assertThat(bytes(hopping)).isEqualTo(21L * FILES * BYTES);
    }

    private void block(CountDownLatch blocked) {
        blocked.countDown();
        try {
            release.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static long bytes(Flux<ByteBuffer> chunks) {
        return chunks.map(ByteBuffer::remaining)
                .reduce(0L, Long::sum)
                .blockOptional(LIMIT)
                .orElseThrow();
    }
}
