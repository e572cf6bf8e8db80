package io.pipeflux.core.operator;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.RecordOrigin;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.SeededPermutation;
import io.pipeflux.core.internal.Blocks;
import io.pipeflux.core.internal.CoreAccess;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.util.context.Context;

/** A complete block of a shuffle. Its rows are permuted, and then emitted one by one. */
final class ShuffleBlock<T> {

    private static final CoreAccess CORE = CoreAccess.get();

    final long number;
    final int count;
    final int dropped;
    private final long permutedAs;
    final @Nullable Long span;
    private final @Nullable Object[] rows;
    private final @Nullable ResumePoint start;
    private final @Nullable ResumePoint end;

    private int next;
    private @Nullable RecordOrigin origin; // the origin of the previous record in this block
    private @Nullable RecordOrigin inBlock;

    /**
     * Creates a block.
     *
     * @param permutedAs the block number that determines the block's permutation
     * @param dropped the number of rows, in permuted order, that were emitted before the resume point
     * @param start the resume point at the beginning of the block, or null if its rows are not records
     * @param end the resume point at the beginning of the next block, or null if it is not known
     * @param span the hash of the objects that the block spans; see {@link Blocks}
     */
    ShuffleBlock(
            long number,
            long permutedAs,
            int dropped,
            Rows rows,
            @Nullable ResumePoint start,
            @Nullable ResumePoint end,
            @Nullable Long span) {
        this.number = number;
        this.permutedAs = permutedAs;
        this.dropped = dropped;
        this.span = span;
        this.count = rows.count();
        this.rows = slots(rows);
        this.start = start;
        this.end = end;
    }

    /**
     * Returns the slots of the rows. If fewer than half of the slots are in use, for example because of a filter
     * upstream, returns a shorter copy.
     */
    private static @Nullable Object[] slots(Rows rows) {
        @Nullable Object[] slots = rows.slots();
        return rows.count() < slots.length / 2 ? Arrays.copyOf(slots, rows.count()) : slots;
    }

    void permute(long seed, long epoch) {
        SeededPermutation.permute(rows, count, seed, epoch, permutedAs);
    }

    int left() {
        return count - next;
    }

    /** Returns the next row, or null if no row remains. */
    @Nullable
    T next() {
        if (next == count) {
            return null;
        }
        @SuppressWarnings("unchecked")
        T row = (T) rows[next];
        if (row instanceof RawRecord record && start != null) {
            @SuppressWarnings("unchecked")
            T shuffled = (T) shuffled(record, start);
            row = shuffled;
        }
        rows[next++] = null;
        return row;
    }

    private RawRecord shuffled(RawRecord record, ResumePoint from) {
        if (next + 1 == count && end != null) {
            return CORE.shuffled(record, CORE.inBlock(CORE.origin(record), end), 0);
        }
        RecordOrigin is = CORE.origin(record);
        RecordOrigin within = inBlock;
        if (within == null || is != origin) {
            within = CORE.inBlock(is, from);
            origin = is;
            inBlock = within;
        }
        return CORE.shuffled(record, within, next + 1);
    }

    void discard(int rowsToDiscard, Subscription upstream, Context context) {
        int to = Math.min(count, next + rowsToDiscard);
        Rows.discard(rows, next, to, upstream, context);
        next = to;
    }
}
