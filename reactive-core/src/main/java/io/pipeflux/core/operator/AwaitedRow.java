package io.pipeflux.core.operator;

import io.pipeflux.core.internal.Throwables;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * A row that is being mapped by a {@link Mono}.
 *
 * <pre>{@code
 *   WAITING --the mapper's signal--> an outcome --take--> TAKEN    the outcome is emitted
 *      |                                  |
 *      +--------------discard-------------+-------------> TAKEN    the row or its outcome is discarded once
 * }</pre>
 */
final class AwaitedRow implements CoreSubscriber<Object> {

    @SuppressWarnings("NullAway") // a field that is null at first
    private static final AtomicReferenceFieldUpdater<AwaitedRow, @Nullable Subscription> MAPPING =
            AtomicReferenceFieldUpdater.newUpdater(AwaitedRow.class, Subscription.class, "mapping");

    private static final AtomicReferenceFieldUpdater<AwaitedRow, Object> STATE =
            AtomicReferenceFieldUpdater.newUpdater(AwaitedRow.class, Object.class, "state");

    private static final AtomicIntegerFieldUpdater<AwaitedRow> OWNER =
            AtomicIntegerFieldUpdater.newUpdater(AwaitedRow.class, "owner");

    private static final int OURS = 0; // this class or downstream discards the row
    private static final int OURS_DISCARDED = 1; // the same, but an operator of the Mono has tried to discard the row
    private static final int MAPPERS = 2; // the row was mapped to something else, so only the Mono discards the row

    private static final Object WAITING = "waiting";
    private static final Object TAKEN = "taken";

    private final Object row;
    private final Context context;
    private final Runnable settled;
    private final Consumer<Outcome> beside;
    private final Consumer<Throwable> late;

    @SuppressWarnings("UnusedVariable") // accessed through MAPPING
    private volatile @Nullable Subscription mapping;

    private volatile Object state = WAITING; // WAITING, an Outcome or TAKEN

    @SuppressWarnings("UnusedVariable") // accessed through OWNER
    private volatile int owner = OURS;

    private final Context mono; // the Context for the mapper's Mono

    /**
     * Creates a row.
     *
     * @param settled called when the outcome is known
     * @param beside receives the outcome of a row that has failed and is discarded
     * @param late receives an error that the mapper's Mono signals after the row was discarded
     */
    AwaitedRow(Object row, Context context, Runnable settled, Consumer<Outcome> beside, Consumer<Throwable> late) {
        this.row = row;
        this.context = context;
        this.settled = settled;
        this.beside = beside;
        this.late = late;
        this.mono = context.isEmpty() ? context : Operators.enableOnDiscard(context, this::discardedByTheMono);
    }

    /**
     * Handles an element that an operator of the Mono discards. If the element is the row, the row is discarded only
     * once, even if this class or downstream discards it as well.
     */
    @SuppressWarnings("ReferenceEquality") // exactly this row, not an equal one
    private void discardedByTheMono(Object element) {
        if (element != row || (!OWNER.compareAndSet(this, OURS, OURS_DISCARDED) && owner == MAPPERS)) {
            Operators.onDiscard(element, context);
        }
    }

    /** Starts to map the row. If the mapper throws, the exception is the row's outcome. */
    void begin(Supplier<? extends @Nullable Mono<?>> mapper) {
        Mono<?> result;
        try {
            result = mapper.get();
        } catch (Throwable t) {
            onError(t);
            return;
        }
        if (result == null) {
            broken("the mapper returned null");
            return;
        }
        try {
            result.subscribe(this);
        } catch (Throwable t) { // Reactor throws fatal errors instead of signalling them
            onError(t);
        }
    }

    /** Returns the outcome if it is known and has not been taken before, otherwise null. */
    @Nullable
    Outcome take() {
        Object known = state;
        return known instanceof Outcome outcome && STATE.compareAndSet(this, known, TAKEN) ? outcome : null;
    }

    /** Discards the outcome of the row. If there is no outcome yet, cancels the mapper's Mono and discards the row. */
    void discard() {
        Object last = STATE.getAndSet(this, TAKEN);
        if (WAITING.equals(last)) {
            Throwables.attempt(() -> Operators.terminate(MAPPING, this), context);
            Operators.onDiscard(row, context);
        } else if (last instanceof Outcome outcome) {
            Operators.onDiscard(outcome.element(), context);
            if (!(outcome instanceof Outcome.Mapped)) {
                beside.accept(outcome);
            }
        }
    }

    // == the mapper's signals ==

    @Override
    public void onSubscribe(Subscription s) {
        if (Operators.setOnce(MAPPING, this, s)) {
            s.request(Long.MAX_VALUE);
        }
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // exactly this row, not an equal one
    public void onNext(Object value) {
        boolean first = STATE.compareAndSet(this, WAITING, new Outcome.Mapped(value));
        if (value != row) {
            if (!first) {
                Operators.onNextDropped(value, context);
            } else if (OWNER.getAndSet(this, MAPPERS) == OURS_DISCARDED) {
                Operators.onDiscard(row, context);
            }
        }
        if (first) {
            settled.run();
        }
    }

    @Override
    public void onError(Throwable t) {
        if (!settle(Outcome.failed(row, t))) {
            late.accept(t);
        }
    }

    @Override
    public void onComplete() {
        if (WAITING.equals(state)) {
            broken("the mapper's Mono completed without a value");
        }
    }

    private void broken(String what) {
        settle(Outcome.broken(row, what));
    }

    private boolean settle(Outcome outcome) {
        boolean first = STATE.compareAndSet(this, WAITING, outcome);
        if (first) {
            settled.run();
        }
        return first;
    }

    @Override
    public Context currentContext() {
        return mono;
    }
}
