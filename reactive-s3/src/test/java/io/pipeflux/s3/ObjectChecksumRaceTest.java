package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.test.util.RaceTestUtils;

/** The orders in which a HEAD is sent, answered, awaited and cancelled by different threads. */
class ObjectChecksumRaceTest {

    private static final int ROUNDS = 2000;
    private static final StatedChecksum STATED = new StatedChecksum(SumKind.CRC32, "AAAAAA==", null);

    private final ObjectChecksum checksum = new ObjectChecksum(Checksums.WHEN_AVAILABLE);

    @Test
    void aReaderIsCalledOnceOrNeedNotWait() {
        for (int i = 0; i < ROUNDS; i++) {
            ObjectChecksum checksum = new ObjectChecksum(Checksums.WHEN_AVAILABLE);
            checksum.begin(false, null, new StoreLimits());
            AtomicReference<MonoSink<StatedChecksum>> sink = new AtomicReference<>();
            checksum.request(() -> Mono.create(sink::set));
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
    void aCancelledHeadIsNeverSentOrAborted() {
        for (int i = 0; i < ROUNDS; i++) {
            ObjectChecksum checksum = new ObjectChecksum(Checksums.WHEN_AVAILABLE);
            checksum.begin(false, null, new StoreLimits());
            AtomicInteger open = new AtomicInteger();
            Mono<StatedChecksum> head = Mono.create(it -> {
                open.incrementAndGet();
                it.onDispose(open::decrementAndGet);
            });
            RaceTestUtils.race(() -> checksum.request(() -> head), () -> checksum.cancel(Runnable::run));
            assertThat(open).hasValue(0);
        }
    }

    @Test
    void aHeadThatCannotBeSentOrAbortedIsAnErrorNotAWait() {
        checksum.begin(false, null, new StoreLimits());
        checksum.request(() -> {
            throw new OutOfMemoryError("thrown by the client");
        });
        assertThat(checksum.isAwaited()).isFalse();
    }

    @Test
    void aHeadIsAbortedHereIfThereIsNoThread() {
        checksum.begin(false, null, new StoreLimits());
        AtomicInteger open = new AtomicInteger(1);
        checksum.request(() -> Mono.<StatedChecksum>never().doOnCancel(open::decrementAndGet));
        checksum.cancel(task -> {
            throw new OutOfMemoryError("no thread");
        });
        assertThat(open).hasValue(0);
    }
}
