package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.test.util.RaceTestUtils;

/** The orders in which a HEAD is sent, answered, awaited and cancelled by different threads. */
class ObjectChecksumRaceTest {

    private static final int ROUNDS = 2000;
    private static final StatedChecksum STATED = new StatedChecksum(SumKind.CRC32, "AAAAAA==", 0, null);

    private final ObjectChecksum checksum = new ObjectChecksum(S3ReadOptions.defaults());

    private static ObjectChecksum.Requests answering(Mono<StatedChecksum> head) {
        return new ObjectChecksum.Requests() {

            @Override
            public Mono<StatedChecksum> checksum() {
                return head;
            }

            @Override
            public Flux<UploadedPart> parts(SumKind kind, int count) {
                return Flux.error(new AssertionError("no part is needed"));
            }
        };
    }

    @Test
    void aReaderIsCalledOnceOrNeedNotWait() {
        for (int i = 0; i < ROUNDS; i++) {
            ObjectChecksum checksum = new ObjectChecksum(S3ReadOptions.defaults());
            checksum.begin(false, null, new StoreLimits());
            AtomicReference<MonoSink<StatedChecksum>> sink = new AtomicReference<>();
            checksum.use(answering(Mono.create(sink::set)));
            checksum.request();
            AtomicInteger calls = new AtomicInteger();
            AtomicBoolean known = new AtomicBoolean();
            boolean answered = i % 2 == 0;
            RaceTestUtils.race(() -> known.set(checksum.watch(calls::incrementAndGet)), () -> {
                if (answered) {
                    sink.get().success(STATED);
                } else {
                    sink.get().error(new IllegalStateException("no answer"));
                }
            });
            assertThat(calls.get()).isEqualTo(known.get() ? 0 : 1);
            assertThat(checksum.isAwaited()).isFalse();
        }
    }

    @Test
    void anAnswerThatArrivesAtTheEndIsCompared() {
        byte[] bytes = {1, 2, 3};
        SumCells sums = new SumCells(SumKind.CRC32);
        sums.update(bytes, 0, bytes.length);
        StatedChecksum right = new StatedChecksum(
                SumKind.CRC32, SumKind.text(ObjectSums.of(sums).sum()), 0, null);
        ObjectVersion version = new ObjectVersion(new S3ObjectRef("bucket", "key", bytes.length, "\"etag\""));
        for (int i = 0; i < ROUNDS; i++) {
            ObjectChecksum checksum = new ObjectChecksum(S3ReadOptions.defaults());
            checksum.begin(false, null, new StoreLimits());
            AtomicReference<MonoSink<StatedChecksum>> sink = new AtomicReference<>();
            checksum.use(answering(Mono.create(sink::set)));
            checksum.request();
            checksum.add(List.of(sums));
            RaceTestUtils.race(
                    () -> {
                        while (!checksum.compare(version)) {
                            Thread.onSpinWait();
                        }
                        assertThat(checksum.verify(version)).isTrue();
                    },
                    () -> sink.get().success(right));
        }
    }

    @Test
    void aCancelledHeadIsNeverSentOrAborted() {
        for (int i = 0; i < ROUNDS; i++) {
            ObjectChecksum checksum = new ObjectChecksum(S3ReadOptions.defaults());
            checksum.begin(false, null, new StoreLimits());
            AtomicInteger open = new AtomicInteger();
            Mono<StatedChecksum> head = Mono.create(it -> {
                open.incrementAndGet();
                it.onDispose(open::decrementAndGet);
            });
            checksum.use(answering(head));
            RaceTestUtils.race(checksum::request, () -> checksum.cancel(Runnable::run));
            assertThat(open).hasValue(0);
        }
    }

    @Test
    void aHeadThatCannotBeSentOrAbortedIsAnErrorNotAWait() {
        checksum.begin(false, null, new StoreLimits());
        checksum.use(answering(Mono.defer(() -> {
            throw new OutOfMemoryError("thrown by the client");
        })));
        checksum.request();
        assertThat(checksum.isAwaited()).isFalse();
    }

    @Test
    void aHeadIsAbortedHereIfThereIsNoThread() {
        checksum.begin(false, null, new StoreLimits());
        AtomicInteger open = new AtomicInteger(1);
        checksum.use(answering(Mono.<StatedChecksum>never().doOnCancel(open::decrementAndGet)));
        checksum.request();
        checksum.cancel(task -> {
            throw new OutOfMemoryError("no thread");
        });
        assertThat(open).hasValue(0);
    }
}
