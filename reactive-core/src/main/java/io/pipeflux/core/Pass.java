package io.pipeflux.core;

import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.Share;
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
 * <p>{@link io.pipeflux.core.operator.PipeOperators#repeat(int) repeat} subscribes once per pass, each time with a Pass
 * of its own; without it a subscription is pass 0. Sources and decoders read it with {@link #current}. On its way
 * upstream it collects what operators do with the records, so that a resume point is compared with the whole pipeline.
 */
public final class Pass {

    private static final Pass FIRST = new Pass(0, 0, null, false, null);

    static {
        CoreAccess.fillIn(new CoreMembers());
    }

    private final long index;
    private final long firstEpoch;
    private final @Nullable ResumePoint start;
    private final boolean repeated;
    private final @Nullable Share shard; // downstream

    private Pass(long index, long firstEpoch, @Nullable ResumePoint start, boolean repeated, @Nullable Share shard) {
        this.index = index;
        this.firstEpoch = firstEpoch;
        this.start = start;
        this.repeated = repeated;
        this.shard = shard;
    }

    /** The pass of the subscription that carries this Context: pass 0 from the beginning where it carries none. */
    public static Pass current(ContextView context) {
        return context.<Pass>getOrEmpty(Pass.class).orElse(FIRST);
    }

    /**
     * Starts the pipeline upstream at a resume point: {@code batches.contextWrite(Pass.resumeAt(point))}. Comes after
     * {@code repeat}; the point reaches the first pass only, later passes begin at their beginning.
     *
     * <p>The subscription fails with a {@link ResumeMismatchException} if the point was taken from other data or in
     * another order, and with a {@link TruncatedInputException} if the data end before the point.
     */
    public static Function<Context, Context> resumeAt(ResumePoint point) {
        Pass pass = new Pass(0, point.position().epoch(), point, false, null);
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

    /**
     * Where this pass starts, or null for its beginning: for decoders, the last to see the point on its way upstream.
     *
     * @throws ResumeMismatchException if the point was taken from a pipeline with another shuffle or shard
     */
    public @Nullable ResumePoint checkedStart() {
        if (start != null) {
            ResumeCheck.operators(start, shard);
        }
        return start;
    }

    /**
     * Compares the object that this pass starts in with the one that the point was taken from: for decoders.
     *
     * @throws ResumeMismatchException if it is another one, or its channel has another list or order
     */
    public void requireStartIn(ObjectBytes object) {
        if (start != null) {
            ResumeCheck.object(start, object);
        }
    }

    /**
     * Compares the content of the stream that this pass starts in with the one that the point was taken from: for
     * decoders.
     *
     * @param content what the stream says about its content, or null, which is compared with nothing
     * @param source names the stream in messages
     * @throws ResumeMismatchException if it is another one
     */
    public void requireStartIn(@Nullable String content, String source) {
        if (start != null && content != null) {
            ResumeCheck.content(start, content, source);
        }
    }

    /** The n-th pass of a repeat that begins with this pass. */
    Pass number(long n) {
        return new Pass(index + n, firstEpoch, n == 0 ? start : null, true, shard);
    }

    /** Returns whether a repeat made this pass. */
    boolean isRepeated() {
        return repeated;
    }

    /** Returns whether this pass leaves out a part of its epoch. */
    boolean startsInsideEpoch() {
        return start != null && start.nextRecord() > 0;
    }

    /** Returns the same pass, starting at another point: for operators that have to read from an earlier one. */
    public Pass startingAt(ResumePoint point) {
        return new Pass(index, firstEpoch, point, repeated, shard);
    }

    /** The same pass, of which downstream keeps a share of the records. */
    Pass sharded(Share share) {
        return new Pass(index, firstEpoch, start, repeated, share);
    }

    /** The share of the records that downstream keeps, or null. */
    @Nullable
    Share shard() {
        return shard;
    }

    Context in(Context context) {
        return context.put(Pass.class, this);
    }
}
