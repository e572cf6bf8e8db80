package io.pipeflux.core.internal;

import io.pipeflux.core.ListOrigin;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.RecordOrigin;
import io.pipeflux.core.ResumeMismatchException;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.SkipPolicy;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

/**
 * Gives the other packages of Pipeflux those members of {@code io.pipeflux.core} that only operators and channels need,
 * and that are therefore not public. The core package sets the implementation when {@link Pass} is initialized.
 *
 * <p>No other class of this package depends on {@code io.pipeflux.core}.
 */
public abstract class CoreAccess {

    private static volatile @Nullable CoreAccess filledIn;

    protected CoreAccess() {}

    /** Returns the implementation that the core package has set. */
    public static CoreAccess get() {
        CoreAccess access = filledIn;
        if (access == null) {
            Pass.current(Context.empty()); // initializes Pass, which sets it
            access = filledIn;
        }
        if (access == null) {
            throw new AssertionError("expected Pass to set CoreAccess, but got null");
        }
        return access;
    }

    /** Sets the implementation. Called by the core package. */
    public static void fillIn(CoreAccess access) {
        filledIn = access;
    }

    // == passes ==

    /** Returns the Context with the pass as its current one. */
    public abstract Context in(Pass pass, Context context);

    /** Returns the n-th pass, counted from 0, of a repeat that begins with the given pass. */
    public abstract Pass number(Pass first, long n);

    /** Returns whether a repeat made the pass. */
    public abstract boolean isRepeated(Pass pass);

    /** Returns whether the pass starts after the first record of its epoch. */
    public abstract boolean startsInsideEpoch(Pass pass);

    /** Returns the same pass, recording that operators downstream keep one share of the records. */
    public abstract Pass sharded(Pass pass, Share share);

    /** Returns the share of the records that operators downstream keep, or null if they keep all. */
    public abstract @Nullable Share shard(Pass pass);

    // == mixes of several sources ==

    /**
     * Returns the pass over one source of a mix.
     *
     * @param start the point at which the source starts, or null if it starts at its beginning
     */
    public abstract Pass ofSource(Pass pass, @Nullable ResumePoint start);

    /**
     * Returns the state of a mix at the pass's start point, or null if the pass starts at the beginning of an epoch.
     *
     * @param by the operator with its settings
     * @throws ResumeMismatchException if the point was not taken from such a mix
     */
    public abstract @Nullable Mixed<ResumePoint> mixedStart(Pass pass, String by);

    /** Returns the point before the record of a mix with an ordinal. */
    public abstract ResumePoint mixedPoint(Pass pass, long ordinal, Mixed<ResumePoint> state);

    /**
     * Returns a source's record as a record of a mix.
     *
     * @param ordinal its ordinal in the mix
     * @param from returns a point of the mix that is not after the record
     * @param beginning returns the point at which the mix began in this pass
     */
    public abstract RawRecord mixed(
            RawRecord record, long ordinal, Supplier<ResumePoint> from, Supplier<ResumePoint> beginning);

    /** Returns what returns the point after a record. It does not keep the record's bytes. */
    public abstract Supplier<ResumePoint> resumingAt(RawRecord record);

    // == records and their origins ==

    /** Returns the origin of a record. */
    public abstract RecordOrigin origin(RawRecord record);

    /** Returns the same record as the n-th, counted from 1, of a shuffled block. */
    public abstract RawRecord shuffled(RawRecord record, RecordOrigin block, int n);

    /** Returns the same origin for the records of a shuffled block that begins at a point. */
    public abstract RecordOrigin inBlock(RecordOrigin origin, ResumePoint start);

    /** Returns the origin of the first stream of the epoch that was read. */
    public abstract RecordOrigin firstOfEpoch(RecordOrigin origin);

    /** Returns the beginning of the epoch that an origin belongs to. */
    public abstract ResumePoint beginning(RecordOrigin origin);

    /** Returns the hash of the objects after one origin's up to another's, or null if both are the same object. */
    public abstract @Nullable Long span(RecordOrigin from, RecordOrigin to);

    // == resume points ==

    /**
     * Returns the same point with another drop count, in a block of a shuffle, or outside of a shuffle if
     * {@code blocks} is null.
     */
    public abstract ResumePoint inBlocks(ResumePoint point, @Nullable Blocks blocks, long drop);

    /**
     * Checks that a point was taken downstream of the same shuffle.
     *
     * @throws ResumeMismatchException if it was not
     */
    public abstract void requireShuffle(ResumePoint point, Blocks blocks);

    /**
     * Checks that the block that contains a point spans the same objects.
     *
     * @param span the hash of the objects of the block found, see {@link Blocks#span}
     * @throws ResumeMismatchException if it spans others
     */
    public abstract void requireSpan(ResumePoint point, @Nullable Long span);

    // == what is skipped ==

    /** Returns the count of the records skipped in one subscription. */
    public abstract Skips skips(SkipPolicy policy, PipelineReporter reporter);

    /** Returns whether the policy skips anything. */
    public abstract boolean skips(SkipPolicy policy);

    /** Returns whether a user's code receives skipped records. */
    public abstract boolean hasReceiver(SkipPolicy policy);

    // == errors and channels ==

    /** Returns an exception that names the record for which another exception was thrown, to be suppressed by it. */
    public abstract PipefluxException thrownFor(RawRecord record);

    /**
     * Returns the origin of an element of a channel's list.
     *
     * @param seed the seed of the list's shuffle, or null if the list is read in its own order
     * @param share the host's share of the list
     * @param listed the number of elements in the list if it is shuffled, otherwise ignored
     * @param hash {@link Fnv1a} of the names of all elements or, if the list is not shuffled, of those up to this one
     */
    public abstract ListOrigin listOrigin(@Nullable Long seed, Share share, long listed, long hash);
}
