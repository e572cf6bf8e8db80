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
 * Regroups rows into batches after a bad row has been skipped, so that batches stay full. A group consists of the rows
 * that were collected for one batch.
 *
 * <pre>
 *   groups    | a b c d | e X g h | i j k l |  m  | n o p q |
 *   batches   | a b c d | e g h i | j k l m |     | n o p q |
 * </pre>
 *
 * <p>In this example, the row X is skipped. The group of i to l was already collected, so it is regrouped, and its
 * batch is made again. Then one shorter group, m, is {@linkplain #nextSize collected}, so that the groups after it are
 * whole batches again.
 *
 * <p>A bad row is handled when all rows before it are known to be good or have been skipped, so whole batches before it
 * are emitted first. The row is then skipped and discarded. If it cannot be skipped, it ends the stream instead.
 *
 * <p>All methods except {@link #nextSize} and {@link #begin} are called by the draining thread.
 */
final class Regrouper {

    private final int size;
    private final Skips skips;
    private final Context context;

    private @Nullable Object[] rows = {};
    private long[] numbers = {};
    private int count;
    private long reported; // the number of the first row that has not been reported to `skips`
    private boolean asked; // whether a shorter group is needed and has not arrived yet
    private volatile int shorter; // the size of the next group, or 0 for a whole batch

    Regrouper(int size, Skips skips, Context context) {
        this.size = size;
        this.skips = skips;
        this.context = context;
    }

    // == called by the thread that collects rows ==

    /** Returns the size of the next group. */
    int nextSize() {
        int next = shorter;
        return next == 0 ? size : next;
    }

    /** Begins a group, and returns its size. */
    int begin() {
        int next = nextSize();
        shorter = 0;
        return next;
    }

    // == called by the draining thread ==

    /** Returns whether rows wait to be regrouped. If so, the rows of all later groups must be added, too. */
    boolean isActive() {
        return count > 0;
    }

    /**
     * Returns whether a group becomes a batch without regrouping: no rows wait, and the group is full.
     */
    boolean isBatch(int groupCount) {
        return count == 0 && groupCount == size;
    }

    /** Returns whether the waiting rows fill a batch. */
    boolean isFull() {
        return count >= size;
    }

    /**
     * Adds the rows of a group. Throws the error that ends the stream, if there is one.
     *
     * @param first the number of the first row, counted from the beginning of the subscription
     * @param bad the rows of the group that are known to be bad, or null
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
     * Skips rows that are already known to be bad. Checks the waiting rows in order, up to the end of the next batch
     * or to the first row whose outcome is not known yet. Called after the batch that precedes these rows was
     * emitted. Throws the error that ends the stream, if there is one.
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

    /** Returns a copy of the rows of the next batch, which may be incomplete at the end of the source. */
    @Nullable
    Object[] next() {
        return Arrays.copyOf(rows, Math.min(size, count));
    }

    /**
     * Handles the result of making a batch of the rows that {@link #next} has returned. Throws the error that ends the
     * stream, if there is one.
     *
     * @param made the rows, each of them replaced by its outcome if it was mapped
     * @param bad the bad rows, or null if the rows became a batch or were discarded
     */
    void settled(@Nullable Object[] made, @Nullable BadRows bad) {
        letGoOf(made, bad);
        if (bad != null) {
            vanish(bad);
            align();
        }
    }

    /** Does what {@link #settled} does, but does not skip the bad rows. */
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
        skips.good(numbers[at] - reported);
        reported = numbers[at] + 1;
        if (!skippable
                || !(reason instanceof Exception known)
                || !skips.skip(known, element, () -> copyOfBytes(element))) {
            BatchMaker.addPosition(element, reason);
            Regrouper.<RuntimeException>raise(reason);
        }
        rows[at] = null;
        Operators.onDiscard(element, context);
    }

    /** Closes the gaps that skipped rows have left. */
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

    /**
     * Throws an exception unchanged, even a checked one, because mappers written in Kotlin may throw checked
     * exceptions.
     */
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

    /** Discards the rows that wait to be regrouped. */
    void discard() {
        int discarded = count;
        count = 0;
        Rows.discard(rows, 0, discarded, context);
    }
}
