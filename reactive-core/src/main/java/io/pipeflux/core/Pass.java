package io.pipeflux.core;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * Which pass over a channel a subscription is, and where it starts: what travels up the pipeline in the subscriber's
 * Reactor {@link Context}.
 *
 * <pre>
 *   source &lt;--- Pass 0 (starts at the resume point) --- repeat(3) &lt;--- Pass.resumeAt(point)
 *   source &lt;--- Pass 1 (starts at the beginning)    ---
 *   source &lt;--- Pass 2 (starts at the beginning)    ---
 * </pre>
 *
 * <p>{@link PipeOperators#repeat(int)} subscribes once per pass, each time with a Pass of its own; without it a
 * subscription is pass 0. Sources and decoders read it with {@link #current}.
 */
public final class Pass {

    private static final Pass FIRST = new Pass(0, 0, null, false);

    private final long index;
    private final long firstEpoch;
    private final @Nullable ResumePoint start;
    private final boolean repeated;

    private Pass(long index, long firstEpoch, @Nullable ResumePoint start, boolean repeated) {
        this.index = index;
        this.firstEpoch = firstEpoch;
        this.start = start;
        this.repeated = repeated;
    }

    /** The pass of the subscription that carries this Context: pass 0 from the beginning where it carries none. */
    public static Pass current(ContextView context) {
        return context.<Pass>getOrEmpty(Pass.class).orElse(FIRST);
    }

    /**
     * Starts the pipeline above at a resume point: {@code batches.contextWrite(Pass.resumeAt(point))}. Stands below
     * {@code repeat}; the point reaches the first pass only, later passes begin at their beginning.
     */
    public static Function<Context, Context> resumeAt(ResumePoint point) {
        Pass pass = new Pass(0, point.position().epoch(), point, false);
        return pass::in;
    }

    /** The pass, counted from 0 from where the subscription started. */
    public long index() {
        return index;
    }

    /** The logical epoch: the start point's epoch plus the pass. */
    public long epoch() {
        return firstEpoch + index;
    }

    /** Where this pass starts, or null for its beginning. */
    public @Nullable ResumePoint start() {
        return start;
    }

    /** The n-th pass of a repeat that begins with this pass. */
    Pass number(long n) {
        return new Pass(index + n, firstEpoch, n == 0 ? start : null, true);
    }

    /** Returns whether a repeat made this pass. */
    boolean isRepeated() {
        return repeated;
    }

    /** Returns whether this pass leaves out a part of its epoch. */
    boolean startsInsideEpoch() {
        return start != null && start.nextRecord() > 0;
    }

    /** The same pass from another point. */
    Pass startingAt(ResumePoint point) {
        return new Pass(index, firstEpoch, point, repeated);
    }

    Context in(Context context) {
        return context.put(Pass.class, this);
    }
}
