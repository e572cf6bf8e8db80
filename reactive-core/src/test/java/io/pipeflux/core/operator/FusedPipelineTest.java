package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.prefetchBytes;
import static io.pipeflux.core.operator.PipeOperators.repeat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.suite.ByteFrames;
import io.pipeflux.core.suite.Patience;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.Scannable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;

/**
 * A pipeline from chunks to batches whose operators are joined as far as they can be, and the same pipeline with
 * something that keeps them apart. What a user can observe is the same.
 */
class FusedPipelineTest {

    private static final int CASES = 120;

    /** How the operators are kept apart. */
    private enum Apart {
        NOT,
        BY_THE_PROPERTY,
        BY_A_HOOK_ON_EACH,
        BY_A_LIFTING_HOOK,
        BY_A_HOOK_ON_THE_LAST,
        BY_A_CHECKPOINT,
        BY_A_NAME,
        BY_A_LOOK_AT_EACH_ROW;

        private static <T> Function<Publisher<T>, Publisher<T>> hide() {
            return publisher -> Flux.from(publisher).hide();
        }

        void begin() {
            switch (this) {
                case BY_THE_PROPERTY -> System.setProperty(JoinedPrefetch.PROPERTY, "false");
                case BY_A_HOOK_ON_EACH -> Hooks.onEachOperator("test", hide());
                case BY_A_LIFTING_HOOK -> Hooks.onEachOperator("test", Operators.lift((in, actual) -> actual));
                case BY_A_HOOK_ON_THE_LAST -> Hooks.onLastOperator("test", hide());
                default -> {}
            }
        }

        <T> Flux<T> between(Flux<T> rows) {
            return switch (this) {
                case BY_A_CHECKPOINT -> rows.checkpoint("between");
                case BY_A_NAME -> rows.name("rows").tag("of", "test");
                case BY_A_LOOK_AT_EACH_ROW -> rows.doOnNext(row -> {});
                default -> rows;
            };
        }

        static void end() {
            System.clearProperty(JoinedPrefetch.PROPERTY);
            Hooks.resetOnEachOperator("test");
            Hooks.resetOnLastOperator("test");
        }
    }

    @AfterEach
    void noHooks() {
        Apart.end();
    }

    @Test
    void whatAUserObservesIsTheSame() {
        for (int seed = 0; seed < CASES; seed++) {
            Case drawn = Case.draw(new Random(seed));
            Outcome joined = drawn.run(Apart.NOT, seed);
            Apart apart = Apart.values()[1 + seed % (Apart.values().length - 1)];
            Outcome other = drawn.run(apart, seed);
            String which = seed + ", " + apart + ": " + drawn;
            if (drawn.cancelAfter == Integer.MAX_VALUE) {
                assertThat(other).as(which).isEqualTo(joined);
            } else { // how many more arrive is a matter of time
                assertThat(other.batches.subList(0, drawn.cancelAfter))
                        .as(which)
                        .isEqualTo(joined.batches.subList(0, drawn.cancelAfter));
            }
        }
    }

    /**
     * What a subscriber and its monitor have seen.
     *
     * @param end the type and position of an error
     * @param records the records that the monitor has counted; 0 after an error, when it is a matter of time
     */
    private record Outcome(
            List<List<String>> batches,
            String end,
            long records,
            long batchCount,
            List<String> steps,
            String context) {}

    private enum Fault {
        NONE,
        TRUNCATED,
        CORRUPT,
        SOURCE,
        MAPPER
    }

    /** Counts the rows that were decoded: each must be received or discarded. */
    private static FrameFormat<RawRecord> counting(AtomicLong decoded) {
        return FrameFormat.of("counted", () -> in -> {
            if (!in.ensure(1)) {
                return null;
            }
            int length = in.array()[in.position()] & 0xff;
            if (length == 255) {
                throw in.corrupt("length 255");
            }
            if (!in.ensure(1 + length)) {
                return null;
            }
            decoded.incrementAndGet();
            return in.record(1 + length, 1, length);
        });
    }

    private record Case(
            int rows,
            int longest,
            int chunk,
            int epochs,
            int ahead,
            int aheadBytes,
            int size,
            int parallelism,
            Remainder remainder,
            Fault fault,
            int at,
            boolean async,
            int cancelAfter) {

        static Case draw(Random random) {
            int rows = random.nextInt(150);
            int size = 1 + random.nextInt(random.nextBoolean() ? 4 : 40);
            int epochs = 1 + random.nextInt(2);
            Fault fault = random.nextInt(2) == 0 ? Fault.NONE : Fault.values()[random.nextInt(5)];
            Remainder remainder = random.nextInt(4) == 0 ? Remainder.DROP : Remainder.KEEP;
            int batches = epochs * rows / size;
            boolean cancels = fault == Fault.NONE && batches > 0 && random.nextInt(3) == 0;
            return new Case(
                    rows,
                    1 + random.nextInt(random.nextBoolean() ? 5 : 200),
                    1 + random.nextInt(random.nextBoolean() ? 20 : 3000),
                    epochs,
                    1 + random.nextInt(random.nextBoolean() ? 10 : 300),
                    random.nextInt(3) == 0 ? 1 + random.nextInt(2000) : 0,
                    size,
                    random.nextInt(4),
                    remainder,
                    fault,
                    rows == 0 ? 0 : random.nextInt(rows),
                    random.nextBoolean(),
                    cancels ? random.nextInt(batches) : Integer.MAX_VALUE);
        }

        private byte[] bytes() {
            byte[] frames = ByteFrames.frames(IntStream.range(0, rows)
                    .mapToObj(i -> i + "x".repeat(i * 31 % longest))
                    .toArray(String[]::new));
            return switch (fault) {
                case TRUNCATED -> Arrays.copyOf(frames, Math.max(0, frames.length - 1));
                case CORRUPT -> corrupt(frames);
                default -> frames;
            };
        }

        private byte[] corrupt(byte[] frames) {
            int start = 0;
            for (int i = 0; i < at; i++) {
                start += 1 + (frames[start] & 0xff);
            }
            byte[] more = Arrays.copyOf(frames, Math.max(frames.length, start + 1));
            more[start] = (byte) 255;
            return more;
        }

        private Flux<ByteBuffer> chunks(List<String> context) {
            return Flux.deferContextual(view -> {
                context.add(view.getOrDefault("key", "none"));
                Flux<ByteBuffer> all = Flux.fromIterable(ByteFrames.chunks(bytes(), chunk));
                Flux<ByteBuffer> chunks =
                        fault == Fault.SOURCE ? all.concatWith(Flux.error(new IllegalStateException("lost"))) : all;
                return async ? chunks.subscribeOn(Schedulers.boundedElastic()) : chunks;
            });
        }

        private String mapped(RawRecord row) {
            String text = ByteFrames.text(row);
            if (fault == Fault.MAPPER && row.ordinal() == at) {
                throw new IllegalArgumentException(text);
            }
            return text + " " + row.position() + " " + row.resumeAt();
        }

        Outcome run(Apart apart, int seed) {
            AtomicLong decoded = new AtomicLong();
            AtomicLong discarded = new AtomicLong();
            List<String> context = new CopyOnWriteArrayList<>();
            PipelineMonitor monitor = PipelineMonitor.create("test");
            Taken taken = new Taken(cancelAfter, seed);
            apart.begin();
            try {
                chunks(context)
                        .transform(counting(decoded).decode())
                        .transform(repeat(epochs))
                        .transform(
                                aheadBytes > 0
                                        ? prefetchBytes(aheadBytes, ahead, Schedulers.parallel())
                                        : prefetch(ahead))
                        .transform(apart::between)
                        .transform(
                                mapAndBatch(BatchOptions.of(size, parallelism).remainder(remainder), this::mapped))
                        .doOnDiscard(RawRecord.class, row -> discarded.incrementAndGet())
                        .doOnDiscard(String.class, row -> discarded.incrementAndGet())
                        .contextWrite(monitor.watch())
                        .contextWrite(view -> view.put("key", "value"))
                        .subscribe(taken);
            } finally {
                Apart.end();
            }
            taken.takeAll();
            await().atMost(Patience.PATIENCE).untilAsserted(() -> {
                long received = taken.received.stream().mapToLong(List::size).sum();
                assertThat(received + discarded.get()).as("%s: %s", apart, this).isEqualTo(decoded.get());
                assertThat(monitor.queuedElements()).isZero();
                assertThat(monitor.queuedBytes()).isZero();
                assertThat(monitor.waits()).isEmpty();
            });
            boolean whole = fault == Fault.NONE && cancelAfter == Integer.MAX_VALUE;
            return new Outcome(
                    List.copyOf(taken.received),
                    taken.end(),
                    whole ? monitor.records() : 0,
                    whole ? monitor.batches() : 0,
                    apart == Apart.NOT || apart == Apart.BY_THE_PROPERTY ? taken.steps : ownSteps(),
                    String.join(",", context.stream().distinct().toList()));
        }

        /** The steps of our operators, which those of hooks are among. */
        private List<String> ownSteps() {
            String ahead = aheadBytes > 0
                    ? "prefetchBytes(" + aheadBytes + ", " + this.ahead + ")"
                    : "prefetch(" + this.ahead + ")";
            return List.of("repeat(" + epochs + ")", ahead, "mapAndBatch(" + size + ", " + parallelism + ")");
        }
    }

    /** Requests in a drawn pattern. */
    private static final class Taken extends BaseSubscriber<List<String>> {

        private final List<List<String>> received = new CopyOnWriteArrayList<>();
        private final int cancelAfter;
        private final Random random;
        private List<String> steps = List.of();
        private volatile @Nullable String end;

        Taken(int cancelAfter, int seed) {
            this.cancelAfter = cancelAfter;
            this.random = new Random(seed);
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            List<String> all = new ArrayList<>();
            Scannable.from(subscription).steps().forEach(all::add);
            steps = all.stream()
                    .filter(step ->
                            Stream.of("repeat(", "prefetch", "mapAndBatch").anyMatch(step::startsWith))
                    .toList();
        }

        @Override
        protected void hookOnNext(List<String> batch) {
            received.add(batch);
        }

        @Override
        protected void hookOnComplete() {
            end = "complete";
        }

        @Override
        protected void hookOnError(Throwable t) {
            end = t.getClass() + (t instanceof PipefluxException known ? " at " + known.position() : "");
        }

        String end() {
            String ended = end;
            return ended == null ? "cancelled" : ended;
        }

        void takeAll() {
            boolean unbounded = cancelAfter == Integer.MAX_VALUE && random.nextInt(3) == 0;
            if (unbounded) {
                request(Long.MAX_VALUE);
            }
            while (end == null) {
                int had = received.size();
                if (had >= cancelAfter) {
                    cancel();
                    return;
                }
                int more = unbounded ? Integer.MAX_VALUE / 2 : Math.min(1 + random.nextInt(5), cancelAfter - had);
                if (!unbounded) {
                    request(more);
                }
                await().atMost(Patience.PATIENCE)
                        .pollInterval(Duration.ofNanos(20_000))
                        .until(() -> end != null || received.size() >= had + more);
            }
        }
    }
}
