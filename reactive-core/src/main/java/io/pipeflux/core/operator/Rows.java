package io.pipeflux.core.operator;

import io.pipeflux.core.internal.Discards;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Collects rows on one thread. If downstream cancels, another thread may discard the rows at any moment.
 *
 * <pre>{@code
 *   FILLING --seal, by the collecting thread-----> SEALED   the rows are a batch
 *      |
 *      +------discard, by the cancelling thread--> TAKEN    each row is discarded once
 * }</pre>
 *
 * <p>If a row is added while the other rows are being discarded, exactly one of the two threads discards it. The row is
 * put into its slot before the state is read, and both threads take rows out of slots with an atomic exchange. The
 * array of slots grows with the number of rows that have arrived, regardless of the capacity. Growing and discarding
 * are mutually exclusive, so no row is moved while it is being discarded.
 */
final class Rows {

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);
    private static final AtomicIntegerFieldUpdater<Rows> STATE =
            AtomicIntegerFieldUpdater.newUpdater(Rows.class, "state");

    private static final int FILLING = 0;
    private static final int SEALED = 1;
    private static final int TAKEN = 2;

    /**
     * The maximum number of slots that are allocated at the beginning. For a capacity up to this number, allocating
     * fewer slots and growing later would cost more than it saves.
     */
    private static final int ALLOCATED_AT_ONCE = 8192;

    private final int capacity;
    private @Nullable Object[] slots; // written by the collecting thread, only in grow()
    private int count;
    private volatile int state;

    Rows(int capacity) {
        this.capacity = capacity;
        this.slots = new @Nullable Object[Math.min(capacity, ALLOCATED_AT_ONCE)];
    }

    /** Adds a row. Returns false if the rows have been discarded; the caller must then discard the given row. */
    boolean add(Object row) {
        if (state == TAKEN) {
            return false;
        }
        int at = count;
        if (at == slots.length && !grow()) {
            return false;
        }
        SLOT.setVolatile(slots, at, row);
        count = at + 1;
        return state != TAKEN || SLOT.getAndSet(slots, at, null) == null;
    }

    private synchronized boolean grow() {
        if (state == TAKEN) {
            return false;
        }
        slots = Arrays.copyOf(slots, (int) Math.min(capacity, 2L * slots.length));
        return true;
    }

    int count() {
        return count;
    }

    /** Returns the number of rows that can still be added. */
    int missing() {
        return capacity - count;
    }

    boolean isFull() {
        return count == capacity;
    }

    /** Ends the collection of rows. Returns false if the rows have been discarded. */
    boolean seal() {
        return STATE.compareAndSet(this, FILLING, SEALED);
    }

    /** Returns the array whose first {@link #count} slots contain the sealed rows. */
    @Nullable
    Object[] slots() {
        return slots;
    }

    /**
     * Discards the rows collected so far and any row that is added later. Does nothing if the rows are sealed. Does not
     * release the memory of the rows, because a mapper may have kept other rows that use the same memory.
     */
    void discard(Context context) {
        discard(row -> Operators.onDiscard(elementOf(row), context));
    }

    /**
     * Discards rows as {@link #discard(Context)} does. A row that is itself a batch is also released if no other code
     * can hold a reference to it.
     */
    void discard(Subscription upstream, Context context) {
        discard(row -> Discards.discard(row, upstream, context));
    }

    private void discard(Consumer<Object> action) {
        if (STATE.compareAndSet(this, FILLING, TAKEN)) {
            @Nullable Object[] gathered = lastSlots();
            for (int i = 0; i < gathered.length; i++) {
                Object row = SLOT.getAndSet(gathered, i, null);
                if (row != null) {
                    action.accept(row);
                }
            }
        }
    }

    /** Returns the final slots. The array no longer grows, because the rows have been taken. */
    private synchronized @Nullable Object[] lastSlots() {
        return slots;
    }

    /** Discards the sealed rows from index {@code from} to {@code count - 1}, without releasing them. */
    static void discard(@Nullable Object[] slots, int from, int count, Context context) {
        for (int i = from; i < count; i++) {
            Operators.onDiscard(taken(slots, i), context);
        }
    }

    /**
     * Discards the sealed rows from index {@code from} to {@code count - 1}, and releases those to which no other code
     * can hold a reference.
     */
    static void discard(@Nullable Object[] slots, int from, int count, Subscription upstream, Context context) {
        for (int i = from; i < count; i++) {
            Discards.discard(taken(slots, i), upstream, context);
        }
    }

    private static @Nullable Object taken(@Nullable Object[] slots, int at) {
        Object row = slots[at];
        slots[at] = null;
        return row == null ? null : elementOf(row);
    }

    /** Returns the element to discard for a row: the row itself or, if the row is an {@link Outcome}, its element. */
    static Object elementOf(Object row) {
        return row instanceof Outcome outcome ? outcome.element() : row;
    }
}
