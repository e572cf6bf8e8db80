package io.pipeflux.core.operator;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.internal.Skips;
import io.pipeflux.core.operator.BadRows.BadRow;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Cuts rows into batches anew after a row that has vanished, so that batches stay full.
 *
 * <pre>
 *   groups    | a b c d | e X g h | i j k l |  m  | n o p q |      X vanishes, and m is a shorter group
 *   batches   | a b c d | e g h i | j k l m |     | n o p q |      i j k l is made again, n o p q is not
 * </pre>
 *
 * <p>Groups that were cut before are put together anew, and their batches made again. For the groups after them, one
 * shorter group is {@linkplain #nextSize asked for}, after which groups are batches again. A bad row is skipped when
 * all rows before it are known to be good or have been skipped, and is discarded then. A row that cannot be skipped
 * ends the stream at that moment. So a whole batch before it is emitted first. For the draining thread, except {@link
 * #nextSize} and {@link #begin}.
 */
final class Recut {

    private final int size;
    private final Skips skips;
    private final Context context;

    private @Nullable Object[] rows = {};
    private long[] numbers = {};
    private int count;
    private long told; // how many rows were told of, or precede one that was
    private boolean asked; // for a shorter group that has not come
    private volatile int shorter; // the size of the next group to begin; 0: whole

    Recut(int size, Skips skips, Context context) {
        this.size = size;
        this.skips = skips;
        this.context = context;
    }

    // == the thread that collects rows ==

    /** Returns the size of the group that begins next. */
    int nextSize() {
        int next = shorter;
        return next == 0 ? size : next;
    }

    /** Returns the size of the group that begins now. */
    int begin() {
        int next = nextSize();
        shorter = 0;
        return next;
    }

    // == the draining thread ==

    /** Returns whether rows wait, so that the rows after them are to be added, too. */
    boolean isActive() {
        return count > 0;
    }

    /**
     * Returns whether a group of this size is a whole batch. A smaller one may be the shorter group that was requested.
     */
    boolean isBatch(int groupCount) {
        return count == 0 && groupCount == size;
    }

    /** Returns whether there are rows for a whole batch. */
    boolean isFull() {
        return count >= size;
    }

    /**
     * Adds the rows of a group. Throws what ends the stream.
     *
     * @param bad which of them vanish, as far as this is known
     */
    void add(@Nullable Object[] group, int groupCount, long first, @Nullable BadRows bad) {
        boolean alone = count == 0;
        if (rows.length < count + groupCount) {
            rows = Arrays.copyOf(rows, count + groupCount + size);
            numbers = Arrays.copyOf(numbers, rows.length);
        }
        System.arraycopy(group, 0, rows, count, groupCount);
        for (int i = 0; i < groupCount; i++) {
            numbers[count + i] = first + i;
        }
        count += groupCount;
        if (groupCount < size) {
            asked = false;
        }
        if (alone && bad != null) {
            vanish(bad);
        } else if (alone) {
            skipKnown();
        }
        align();
    }

    /**
     * Skips bad rows that were mapped before, up to the end of the next batch or the first row that was not mapped.
     * Called when the batch before them was emitted. Throws what ends the stream.
     *
     * @return the number of skipped rows
     */
    int skipKnown() {
        int skipped = 0;
        try {
            for (int at = 0, good = 0; at < count && good < size && rows[at] instanceof Outcome outcome; at++) {
                if (outcome instanceof Outcome.Mapped) {
                    good++;
                } else {
                    skip(at, outcome.reason(), outcome instanceof Outcome.Failed);
                    skipped++;
                }
            }
        } finally {
            if (skipped > 0) {
                compact();
                align();
            }
        }
        return skipped;
    }

    /** Returns a copy of the rows of the next batch: as many as it has, or fewer at the end. */
    @Nullable
    Object[] next() {
        return Arrays.copyOf(rows, Math.min(size, count));
    }

    /**
     * Called when a batch of the {@link #next} rows was made, or could not be made. Throws what ends the stream.
     *
     * @param made the rows, with what became of them
     * @param bad which of them vanish; null if they became a batch or were discarded
     */
    void settled(@Nullable Object[] made, @Nullable BadRows bad) {
        letGoOf(made, bad);
        if (bad != null) {
            vanish(bad);
            align();
        }
    }

    /** Does what {@link #settled} does, but skips no row: those that vanish remain. */
    void letGoOf(@Nullable Object[] made, @Nullable BadRows bad) {
        if (bad == null) {
            removeFirst(Math.min(size, count));
            align();
        } else {
            System.arraycopy(made, 0, rows, 0, made.length);
        }
    }

    private void vanish(BadRows bad) {
        try {
            for (BadRow row : bad.rows()) {
                skip(row.index(), row.reason(), row.skippable());
            }
        } finally {
            compact();
        }
    }

    private void skip(int at, Throwable reason, boolean skippable) {
        Object element = Rows.elementOf(Objects.requireNonNull(rows[at]));
        skips.good(numbers[at] - told);
        told = numbers[at] + 1;
        if (!skippable
                || !(reason instanceof Exception known)
                || !skips.skip(known, element, () -> copyOfBytes(element))) {
            BatchMaker.tell(element, reason);
            Recut.<RuntimeException>raise(reason);
        }
        rows[at] = null;
        Operators.onDiscard(element, context);
    }

    /** Closes the gaps of the rows that have vanished. */
    private void compact() {
        int left = 0;
        for (int i = 0; i < count; i++) {
            if (rows[i] != null) {
                rows[left] = rows[i];
                numbers[left++] = numbers[i];
            }
        }
        Arrays.fill(rows, left, count, null);
        count = left;
    }

    private static ByteBuffer copyOfBytes(Object element) {
        if (element instanceof RawRecord record) {
            return ByteBuffer.wrap(record.toByteArray());
        }
        if (element instanceof ByteBuffer buffer) {
            return ByteBuffer.allocate(buffer.remaining())
                    .put(buffer.duplicate())
                    .flip();
        }
        return ByteBuffer.wrap(element instanceof byte[] bytes ? bytes.clone() : new byte[0]);
    }

    /** Throws an exception as it is: a mapper in Kotlin may have thrown a checked one. */
    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void raise(Throwable reason) throws E {
        throw (E) reason;
    }

    private void removeFirst(int removed) {
        System.arraycopy(rows, removed, rows, 0, count - removed);
        System.arraycopy(numbers, removed, numbers, 0, count - removed);
        Arrays.fill(rows, count - removed, count, null);
        count -= removed;
    }

    private void align() {
        if (!asked && count % size > 0) {
            asked = true;
            shorter = size - count % size;
        }
    }

    /** Discards the rows that wait. */
    void discard() {
        int discarded = count;
        count = 0;
        Rows.discard(rows, 0, discarded, context);
    }
}
