package io.pipeflux.core;

import io.pipeflux.core.internal.Blocks;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.Rest;
import io.pipeflux.core.internal.Share;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * A pass over a channel, and the point at which the pass starts. The pass travels upstream in the subscriber's Reactor
 * {@link Context}. Instances are immutable.
 *
 * <pre>{@code
 *   source <--- Pass 0 (starts at the resume point) --- repeat(3) <--- Pass.resumeAt(point)
 *   source <--- Pass 1 (starts at the beginning)    ---
 *   source <--- Pass 2 (starts at the beginning)    ---
 * }</pre>
 *
 * <p>{@link io.pipeflux.core.operator.PipeOperators#repeat(int) repeat} subscribes once per pass, each time with a
 * different {@code Pass}. Without {@code repeat}, a subscription is pass 0. Sources and decoders read the pass with
 * {@link #current}. As the pass travels upstream, each operator that selects or reorders records adds itself to the
 * pass, so that a resume point is compared with the whole pipeline.
 */
public final class Pass {

    private static final Pass FIRST = new Pass(0, 0, null, false, null, null, false);

    static {
        CoreAccess.fillIn(new CoreMembers());
    }

    private final long index;
    private final long firstEpoch;
    private final @Nullable ResumePoint start;
    private final boolean repeated;
    private final @Nullable Share shard; // the share of the records that operators downstream keep, or null
    private final @Nullable ElasticResume elastic; // the unread parts of epochs that earlier runs began, or null
    private final boolean shuffled; // whether a shuffle downstream restores the blocks that earlier runs began

    private Pass(
            long index,
            long firstEpoch,
            @Nullable ResumePoint start,
            boolean repeated,
            @Nullable Share shard,
            @Nullable ElasticResume elastic,
            boolean shuffled) {
        this.index = index;
        this.firstEpoch = firstEpoch;
        this.start = start;
        this.repeated = repeated;
        this.shard = shard;
        this.elastic = elastic;
        this.shuffled = shuffled;
    }

    /** Returns the pass in a subscriber's Context, or pass 0 without a start point if the Context contains none. */
    public static Pass current(ContextView context) {
        return context.<Pass>getOrEmpty(Pass.class).orElse(FIRST);
    }

    /**
     * Starts the pipeline at a resume point: {@code batches.contextWrite(Pass.resumeAt(point))}. The {@code
     * contextWrite} must be downstream of {@code repeat}, otherwise the subscription fails with an {@code
     * IllegalStateException}. The point applies to the first pass only. Later passes read their epochs from the
     * beginning.
     *
     * <p>The subscription fails with a {@link ResumeMismatchException} if the point was taken from different data, from
     * a different order of the data, or from different operators. It fails with a {@link TruncatedInputException} if
     * the data end before the point.
     */
    public static Function<Context, Context> resumeAt(ResumePoint point) {
        return new Pass(0, point.position().epoch(), point, false, null, null, false)::asFirst;
    }

    /**
     * Starts the pipeline with the part of an epoch that the hosts of earlier runs have not read. In all other
     * respects, this method is the same as {@link #resumeAt(ResumePoint)}. The channel must be divided among the new
     * hosts by its own {@code shard} method. Everything else must be the same as before: objects, order, seeds, and the
     * shuffle of records.
     *
     * <p>The subscription fails with a {@link ResumeMismatchException} if the token was taken from different data, a
     * different order or a different shuffle. It fails with an {@code IllegalArgumentException} if the source cannot be
     * resumed in this way: a pipe, a mix of several sources, an augmented manifest with several attributes, or bytes
     * without records.
     */
    public static Function<Context, Context> resumeAt(ElasticResume rest) {
        Objects.requireNonNull(rest, "rest");
        return resumeAt(rest, new ResumePoint(new Position(rest.epoch(), 0, 0, 0), 0));
    }

    /**
     * Restarts one host of a run that began from a token. The host continues at its own point. If this point is in an
     * epoch after those that the token covers, this method does the same as {@link #resumeAt(ResumePoint)}.
     *
     * @param rest the token from which the run began
     * @param point the host's point. The number of hosts must be the same as when the point was taken
     * @throws IllegalArgumentException if the point is in an earlier epoch than {@code rest}
     */
    public static Function<Context, Context> resumeAt(ElasticResume rest, ResumePoint point) {
        long epoch = point.position().epoch();
        if (epoch < rest.epoch()) {
            throw new IllegalArgumentException("expected a point in epoch " + rest.epoch()
                    + ", of which the token is the rest, or in a later one, but got " + point.position()
                    + ": start a host that has read nothing of the rest with Pass.resumeAt(rest)");
        }
        return new Pass(0, epoch, point, false, null, rest, false)::asFirst;
    }

    /**
     * Adds this pass to a Context. Throws an exception if a {@code repeat} downstream has already added a pass, because
     * each epoch would then begin at this pass's start point.
     */
    private Context asFirst(Context context) {
        if (current(context).isRepeated()) {
            throw new IllegalStateException(
                    "expected Pass.resumeAt downstream of repeat, but got it upstream, where each"
                            + " epoch would begin at " + startPosition()
                            + ": move it after repeat; a separate pipeline inside another one must first remove the"
                            + " outer pass, by .contextWrite(context -> context.delete(Pass.class)) after it");
        }
        return in(context);
    }

    /** Returns the number of the pass within its subscription, counted from 0. */
    public long index() {
        return index;
    }

    /** Returns the logical epoch: the epoch of the start point plus {@link #index}. */
    public long epoch() {
        return firstEpoch + index;
    }

    /** Returns the point from which this pass resumes, or null if it reads its epoch from the beginning. */
    public @Nullable ResumePoint start() {
        return start;
    }

    /** Returns the position of {@link #start}, or null if the pass reads its epoch from the beginning. */
    public @Nullable Position startPosition() {
        ResumePoint from = start();
        return from == null ? null : from.position();
    }

    /**
     * Returns the point at which this pass starts, or null if the pass reads its epoch from the beginning. Also checks
     * that the point matches the downstream operators. This method is for decoders: when the pass reaches a decoder,
     * all operators downstream of it have added themselves to the pass.
     *
     * @throws ResumeMismatchException if the point was taken from a pipeline with a different shuffle or shard
     */
    public @Nullable ResumePoint checkedStart() {
        Rest rest = rest();
        if (rest != null) {
            ResumeCheck.rest(rest, shuffled, shard);
        }
        if (start != null) {
            ResumeCheck.operators(start, shard);
        }
        return start;
    }

    /**
     * Checks that this pass's start point was taken from the given object. Does nothing if the pass reads its epoch
     * from the beginning. This method is for decoders.
     *
     * @throws ResumeMismatchException if the point was taken from another object, or from a channel with another list
     *     or order, or if the object ends before the point
     */
    public void requireStartIn(ObjectBytes object) {
        if (start != null) {
            ResumeCheck.object(start, object);
        }
    }

    /**
     * Checks that the stream in which this pass starts has the same content as the stream from which the start point
     * was taken. Does nothing if the pass reads its epoch from the beginning. This method is for decoders.
     *
     * @param content the name that the writer gave to the stream's content. If it is null, nothing is compared
     * @param source the stream's name in messages
     * @throws ResumeMismatchException if the content is different
     */
    public void requireStartIn(@Nullable String content, String source) {
        if (start != null && content != null) {
            ResumeCheck.content(start, content, source);
        }
    }

    /** Returns pass {@code n} of a repeat whose pass 0 is this pass. */
    Pass number(long n) {
        return new Pass(index + n, firstEpoch, n == 0 ? start : null, true, shard, elastic, false);
    }

    /** Returns whether this pass was created by a repeat. */
    boolean isRepeated() {
        return repeated;
    }

    /** Returns whether this pass starts after the first record of its epoch, or reads only the rest of its epoch. */
    boolean startsInsideEpoch() {
        return (start != null && start.nextRecord() > 0) || (start != null && rest() != null);
    }

    /**
     * Returns the part of this pass's epoch that earlier runs left unread, or null if no earlier run began the epoch.
     */
    @Nullable
    Rest rest() {
        return elastic == null ? null : elastic.rest(epoch());
    }

    /**
     * If this pass reads the rest of an epoch, this method checks that the earlier runs had the same shuffle, and
     * returns a copy that is marked as shuffled. Otherwise, it returns this pass. A shuffle calls this method, because
     * it restores the blocks that the earlier runs have partly emitted.
     */
    Pass shuffledRest(Blocks blocks) {
        Rest rest = rest();
        if (rest == null) {
            return this;
        }
        ResumeCheck.restShuffle(rest, blocks);
        return new Pass(index, firstEpoch, start, repeated, shard, elastic, true);
    }

    /**
     * Returns a copy of this pass with a different start point. This method is for operators that have to read from an
     * earlier point.
     */
    public Pass startingAt(ResumePoint point) {
        return new Pass(index, firstEpoch, point, repeated, shard, elastic, shuffled);
    }

    /** Returns a copy of this pass that states which share of the records downstream operators select. */
    Pass sharded(Share share) {
        return new Pass(index, firstEpoch, start, repeated, share, elastic, shuffled);
    }

    /**
     * Returns the pass over one source of a mix. The source's pass contains no shard and no rest, because these apply
     * to records of the mix.
     *
     * @param point the point at which the source starts, or null if the source is read from its beginning
     */
    Pass ofSource(@Nullable ResumePoint point) {
        // the epoch of the source may differ from the epoch of the mix
        long first = point == null ? firstEpoch : point.position().epoch() - index;
        return new Pass(index, first, point, repeated, null, null, false);
    }

    /** Returns the share of the records that downstream operators select, or null if they select all records. */
    @Nullable
    Share shard() {
        return shard;
    }

    Context in(Context context) {
        return context.put(Pass.class, this);
    }
}
