package io.pipeflux.core.operator;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Rows that one thread gathers, and that another may discard at any moment, because it cancels.
 *
 * <pre>
 *   FILLING -- seal, by the gathering thread ---&gt; SEALED    the rows are a batch
 *      |
 *      +------ discard, by the cancelling thread -&gt; TAKEN   each row goes to onDiscard, once
 * </pre>
 *
 * <p>A row that comes in while the others are discarded is found by one of the two threads: it is put into its slot
 * before the state is looked at, and both take it out by an exchange. The slots grow with the rows that have arrived,
 * whatever the capacity; growing and discarding exclude each other, so no row is moved while it is discarded.
 */
final class Rows {

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);
    private static final AtomicIntegerFieldUpdater<Rows> STATE =
            AtomicIntegerFieldUpdater.newUpdater(Rows.class, "state");

    private static final int FILLING = 0;
    private static final int SEALED = 1;
    private static final int TAKEN = 2;

    /** Up to this many slots are allocated at once: growing would cost more than it saves. */
    private static final int ALLOCATED_AT_ONCE = 8192;

    private final int capacity;
    private @Nullable Object[] slots; // written by the gathering thread, in grow() only
    private int count;
    private volatile int state;

    Rows(int capacity) {
        this.capacity = capacity;
        this.slots = new @Nullable Object[Math.min(capacity, ALLOCATED_AT_ONCE)];
    }

    /** Adds a row; false: the others have been discarded, and this one is left to the caller. */
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

    boolean isFull() {
        return count == capacity;
    }

    /** Ends the gathering; false: the rows have been discarded. */
    boolean seal() {
        return STATE.compareAndSet(this, FILLING, SEALED);
    }

    /** The sealed rows: the first {@link #count} slots. */
    @Nullable
    Object[] slots() {
        return slots;
    }

    /** Discards what has been gathered and what still comes in, unless it is sealed. */
    void discard(Context context) {
        if (STATE.compareAndSet(this, FILLING, TAKEN)) {
            @Nullable Object[] gathered = lastSlots();
            for (int i = 0; i < gathered.length; i++) {
                Object row = SLOT.getAndSet(gathered, i, null);
                if (row != null) {
                    Operators.onDiscard(row, context);
                }
            }
        }
    }

    /** The slots once they cannot grow any more. */
    private synchronized @Nullable Object[] lastSlots() {
        return slots;
    }

    /** Discards the sealed rows from one on. */
    static void discard(@Nullable Object[] slots, int from, int count, Context context) {
        for (int i = from; i < count; i++) {
            Object row = slots[i];
            slots[i] = null;
            Operators.onDiscard(row, context);
        }
    }
}
