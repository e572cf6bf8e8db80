package io.pipeflux.core.operator;

import io.pipeflux.core.Pass;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.RecordOrigin;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.internal.Blocks;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.Discards;
import io.pipeflux.core.internal.DrainingSubscriber;
import io.pipeflux.core.internal.Rest.Restored;
import io.pipeflux.core.internal.Throwables;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.util.concurrent.Queues;

/** Permutes consecutive blocks of elements. While one block is being emitted, the next one is filled. */
final class FluxShuffle<T> extends FluxOperator<T, T> {

    private static final CoreAccess CORE = CoreAccess.get();

    private final int block;
    private final long seed;

    private FluxShuffle(Flux<? extends T> source, int block, long seed) {
        super(source);
        this.block = block;
        this.seed = seed;
    }

    static <T> Flux<T> of(Flux<T> source, int block, long seed) {
        return onAssembly(new FluxShuffle<>(source, block, seed));
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        ShuffleStart start;
        try {
            Pass pass = Pass.current(actual.currentContext());
            Blocks blocks = new Blocks(block, seed, CORE.shard(pass) != null, null);
            start = ShuffleStart.of(CORE.shuffledRest(pass, blocks), blocks);
        } catch (Throwable t) {
            Throwables.refuse(actual, t);
            return;
        }
        DrainingSubscriber.subscribe(source, new ShuffleSubscriber<>(actual, block, seed, start, stepName()));
    }

    @Override
    public String stepName() {
        return "shuffle(" + block + ", " + seed + ")";
    }

    static final class ShuffleSubscriber<T> extends DrainingSubscriber<T, T> implements Discards.PassesElements {

        private final int block;
        // the number of rows per request; also the number of rows that are read ahead of the current block
        private final int stride;
        private final long seed;
        private final ShuffleStart start;

        // written by upstream's thread only
        private volatile @Nullable Rows filling;
        private long number; // the ordinal of the block being filled
        private long limit; // the ordinal of the first record after the block being filled
        private ShuffleStart.@Nullable BlockStart blockStart;
        private @Nullable RawRecord last;
        // the earlier state of the block being filled, if an earlier run stopped inside this block; otherwise null
        private @Nullable Restored<ResumePoint, RecordOrigin> restored;
        private final Queue<ShuffleBlock<T>> filled =
                Queues.<ShuffleBlock<T>>unbounded(8).get();

        // used by the draining thread only
        private @Nullable ShuffleBlock<T> emitting;
        private int owed; // the number of emitted rows for which no replacement has been requested
        private boolean entered; // whether the first block has arrived

        ShuffleSubscriber(CoreSubscriber<? super T> actual, int block, long seed, ShuffleStart start, String name) {
            super(actual, CORE.in(start.pass(), actual.currentContext()), name);
            this.block = block;
            this.stride = Math.max(1, block / 8);
            this.seed = seed;
            this.start = start;
            this.number = start.firstBlock() - 1;
        }

        // == signals from upstream, on the reading thread ==

        @Override
        public void onNext(T row) {
            if (isDone()) {
                Discards.drop(row, upstream(), context);
                return;
            }
            boolean kept = false;
            try {
                // rows are emitted in permuted order, so without copies, almost all chunks of the block would stay in
                // memory until the last row is emitted
                T held = HeldChunks.alone(row);
                RawRecord record = held instanceof RawRecord r ? r : null;
                Rows rows = filling;
                if (rows != null && record != null && record.ordinal() >= limit) {
                    close(rows);
                    rows = null;
                }
                if (rows == null) {
                    rows = begin(record);
                }
                kept = rows.add(held);
                if (!kept) {
                    Discards.discard(row, upstream(), context);
                    return;
                }
                last = record;
                if (rows.isFull()) {
                    close(rows);
                }
            } catch (Throwable t) {
                if (!kept) {
                    Discards.discard(row, upstream(), context);
                }
                failAfterKept(t);
            }
        }

        private Rows begin(@Nullable RawRecord first) {
            if (first == null) {
                start.requireRecords();
            }
            number = first == null ? number + 1 : Math.max(number + 1, first.ordinal() / block);
            limit = (number + 1) * block;
            restored = first == null ? null : restored(first);
            if (first != null && restored == null) {
                start.requireFirst(first, number * block);
            }
            blockStart = first == null ? null : start.blockStart(first, last, number * block, restored);
            Rows rows = new Rows(block);
            filling = rows;
            if (isOver()) {
                rows.discard(upstream(), context);
            }
            return rows;
        }

        private @Nullable Restored<ResumePoint, RecordOrigin> restored(RawRecord first) {
            Restored<ResumePoint, RecordOrigin> begun = CORE.restored(CORE.origin(first));
            return begun == null || begun.number() != number ? null : begun;
        }

        private void close(Rows rows) {
            RawRecord end = last;
            ResumePoint next = end != null && rows.isFull() && end.ordinal() + 1 == limit ? end.resumeAt() : null;
            ShuffleStart.BlockStart at = blockStart;
            Long span = at == null || end == null ? null : CORE.span(at.origin(), CORE.origin(end));
            long more =
                    span == null || at == null || end == null ? 0 : CORE.objectsBetween(at.origin(), CORE.origin(end));
            Restored<ResumePoint, RecordOrigin> begun = restored;
            boolean seen = begun != null && begun.lane().seen() > 0;
            Long as = begun != null && seen ? Long.valueOf(begun.lane().number()) : start.permutedAs(number);
            int before = number == start.firstBlock() ? start.drop() : 0;
            int dropped = Math.max(before, begun == null ? 0 : begun.lane().seen());
            if (begun != null && seen) {
                CORE.requireRestored(begun, span, more, rows.count());
            }
            ResumePoint from = at == null ? null : inBlock(at.point(), span, more, as);
            ShuffleBlock<T> whole = new ShuffleBlock<>(
                    number, as == null ? number : as, dropped, rows, from, inBlock(next, null, 0, null), span);
            if (rows.seal()) {
                filling = null;
                try {
                    filled.offer(whole);
                } catch (Throwable t) {
                    whole.discard(whole.left(), upstream(), context);
                    throw t;
                }
                drain();
            } else {
                filling = null;
            }
        }

        private @Nullable ResumePoint inBlock(
                @Nullable ResumePoint point, @Nullable Long span, long more, @Nullable Long as) {
            boolean sharded = CORE.shard(start.pass()) != null;
            return point == null
                    ? null
                    : CORE.inBlocks(point, new Blocks(block, seed, sharded, span, more, as), point.drop());
        }

        @Override
        protected void ending(@Nullable Throwable t) {
            Rows rows = filling;
            if (t != null) {
                discardFilling();
            } else if (rows != null) {
                close(rows);
            }
        }

        private void discardFilling() {
            Rows rows = filling;
            if (rows != null) {
                rows.discard(upstream(), context);
            }
        }

        // == signals from downstream ==

        @Override
        protected void demanded(long n) {
            if (beginsDemand()) {
                upstream().request((long) block + stride);
            }
            drain();
        }

        @Override
        protected void emit() {
            long limitNow = requested();
            long emitted = 0;
            while (!isOver()) {
                ShuffleBlock<T> from = current();
                if (from == null || emitted == limitNow) {
                    break;
                }
                T row = Objects.requireNonNull(from.next());
                emitted++;
                owed++;
                actual.onNext(row);
                askAgain();
            }
            produced(emitted);
        }

        private void askAgain() {
            int again = owed;
            if (again >= stride) {
                owed = 0;
                upstream().request(again);
            }
        }

        /**
         * Returns the block to emit from, or null if none is available. If none is available and upstream has ended,
         * signals the end.
         */
        private @Nullable ShuffleBlock<T> current() {
            ShuffleBlock<T> from = emitting;
            while (from == null || from.left() == 0) {
                boolean end = isDone(); // checked before the queue is polled, so that the last blocks are not missed
                from = filled.poll();
                emitting = from;
                if (from == null) {
                    if (end) {
                        if (error() == null && !entered && start.drop() > 0) {
                            throw start.missing(0);
                        }
                        signalEnd(error());
                    }
                    return null;
                }
                if (!entered) {
                    entered = true;
                    start.requireBlock(from.number, from.count, from.span);
                }
                from.permute(seed, start.pass().epoch());
                if (from.dropped > 0) {
                    int before = from.left();
                    from.discard(from.dropped, upstream(), context);
                    owed += before - from.left();
                    askAgain();
                }
            }
            return from;
        }

        @Override
        protected void release() {
            discardFilling();
            if (emitting == null) {
                emitting = filled.poll();
            }
            for (ShuffleBlock<T> from = emitting; from != null; from = filled.poll()) {
                from.discard(from.left(), upstream(), context);
            }
            emitting = null;
        }

        @Override
        @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // Reactor's Attr is raw, and compared by identity
        public @Nullable Object scanUnsafe(Attr key) {
            if (key == Attr.PREFETCH) {
                return block + stride;
            }
            return super.scanUnsafe(key);
        }
    }
}
