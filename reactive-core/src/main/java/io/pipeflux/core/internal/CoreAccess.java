package io.pipeflux.core.internal;

import io.pipeflux.core.ListOrigin;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.Position;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.RecordOrigin;
import io.pipeflux.core.ResumeMismatchException;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.SkipPolicy;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.util.context.Context;

/**
 * Gives the other packages of Pipeflux access to non-public members of {@code io.pipeflux.core}. These members are not
 * public, because only operators and channels need them. The core package sets the implementation when the class
 * {@link Pass} is initialized.
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
            Pass.current(Context.empty()); // initializes the class Pass, which sets the implementation
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

    /** Returns a Context in which the given pass is the current one. */
    public abstract Context in(Pass pass, Context context);

    /** Returns the n-th pass, counted from 0, of a repeat that begins with {@code first}. */
    public abstract Pass number(Pass first, long n);

    /** Returns whether a repeat has created the pass. */
    public abstract boolean isRepeated(Pass pass);

    /** Returns whether the pass starts after the first record of its epoch. */
    public abstract boolean startsInsideEpoch(Pass pass);

    /**
     * Returns a copy of the pass. The copy states that downstream operators keep only the given share of the records.
     */
    public abstract Pass sharded(Pass pass, Share share);

    /** Returns which share of the records the downstream operators keep, or null if they keep all records. */
    public abstract @Nullable Share shard(Pass pass);

    // == epochs that were begun by a different number of hosts ==

    /**
     * Returns what remains of the pass's epoch after an earlier run has read a part of it, or null if this pass reads
     * the whole epoch.
     */
    public abstract @Nullable Rest rest(Pass pass);

    /**
     * Returns a copy of the pass. The copy states that a downstream shuffle restores the blocks of the pass's
     * {@link Rest}.
     *
     * @throws ResumeMismatchException if the rest belongs to a different shuffle
     */
    public abstract Pass shuffledRest(Pass pass, Blocks blocks);

    /**
     * Returns a copy of the list origin, for an object in the rest of an epoch.
     *
     * @param at the object's index in the list if the list is not shuffled, otherwise -1
     * @param lane the place in the object at which reading continues, or null if the object is read from its beginning
     * @param follows whether the object belongs to the block that begins in the previous object
     */
    public abstract ListOrigin inRest(ListOrigin origin, Rest rest, long at, Rest.@Nullable Lane lane, boolean follows);

    /**
     * Returns the given objects for a caller that concatenates their bytes. A subscription to the result fails if it
     * would have to read the rest of an epoch, because bytes alone do not show which records must be dropped.
     */
    public abstract Flux<ObjectBytes> forBytes(Flux<ObjectBytes> objects);

    /** Does what {@link #lane(ObjectBytes)} does, for the object that has the given origin. */
    public abstract Rest.@Nullable Lane lane(@Nullable ListOrigin origin);

    /**
     * Returns the place at which reading continues in an object of a {@link Rest}, or null if the object is read from
     * its beginning.
     */
    public abstract Rest.@Nullable Lane lane(ObjectBytes object);

    /** Returns whether the object belongs to the block that begins in the previous object. */
    public abstract boolean follows(ObjectBytes object);

    /**
     * Checks that an object belongs to the rest. If reading continues inside the object, also checks that an earlier
     * run has stopped in this object.
     *
     * @throws IllegalArgumentException if the object does not belong to the rest
     * @throws ResumeMismatchException if an earlier run has stopped in a different object
     */
    public abstract void requireRest(ObjectBytes object, Rest rest, Pass pass);

    /** Returns a copy of the origin for the first object of a block that an earlier run has partly read. */
    public abstract RecordOrigin restoring(RecordOrigin origin, long number, Rest.Lane lane, long firstRecord);

    /**
     * Returns a copy of the origin for a later object of a block that an earlier run has partly read.
     *
     * @param as the restored origin of an earlier object of the same block
     */
    public abstract RecordOrigin restoring(RecordOrigin origin, RecordOrigin as);

    /**
     * Returns the block that an earlier run has partly read and that begins or continues in the stream with this
     * origin. Returns null if there is no such block.
     */
    public abstract Rest.@Nullable Restored<ResumePoint, RecordOrigin> restored(RecordOrigin origin);

    /** Returns the number of objects after the object of {@code from}, up to and including the object of {@code to}. */
    public abstract long objectsBetween(RecordOrigin from, RecordOrigin to);

    /**
     * Checks that a block that an earlier run has partly read spans the same objects as in that run.
     *
     * @throws ResumeMismatchException if the block spans different objects
     */
    public abstract void requireRestored(
            Rest.Restored<ResumePoint, RecordOrigin> block, @Nullable Long span, long more, int rows);

    // == mixes of several sources ==

    /**
     * Returns the pass over one source of a mix.
     *
     * @param start the point at which reading the source starts, or null if the source is read from its beginning
     */
    public abstract Pass ofSource(Pass pass, @Nullable ResumePoint start);

    /**
     * Returns the state of a mix at the pass's start point, or null if the pass starts at the beginning of an epoch.
     *
     * @param by the operator and its settings
     * @throws ResumeMismatchException if the point was not taken from a mix with this operator and these settings
     */
    public abstract @Nullable Mixed<ResumePoint> mixedStart(Pass pass, String by);

    /** Returns the resume point immediately before the record that has the given ordinal in a mix. */
    public abstract ResumePoint mixedPoint(Pass pass, long ordinal, Mixed<ResumePoint> state);

    /**
     * Converts a record of one source into a record of the mix.
     *
     * @param ordinal the record's ordinal in the mix
     * @param from returns a point of the mix that is at or before the record
     * @param beginning returns the point at which the mix began in this pass
     */
    public abstract RawRecord mixed(
            RawRecord record, long ordinal, Supplier<ResumePoint> from, Supplier<ResumePoint> beginning);

    /**
     * Returns a supplier of the resume point immediately after a record. The supplier does not hold a reference to the
     * record's bytes.
     */
    public abstract Supplier<ResumePoint> resumingAt(RawRecord record);

    // == records and their origins ==

    /** Returns the origin of a record. */
    public abstract RecordOrigin origin(RawRecord record);

    /** Returns a copy of the record, marked as the n-th record, counted from 1, of a shuffled block. */
    public abstract RawRecord shuffled(RawRecord record, RecordOrigin block, int n);

    /** Returns a copy of the origin for the records of a shuffled block that begins at the given point. */
    public abstract RecordOrigin inBlock(RecordOrigin origin, ResumePoint start);

    /** Returns the origin of the first stream that was read in the epoch of the given origin. */
    public abstract RecordOrigin firstOfEpoch(RecordOrigin origin);

    /** Returns the beginning of the epoch of the given origin. */
    public abstract ResumePoint beginning(RecordOrigin origin);

    /**
     * Returns the hash of the objects after the object of {@code from}, up to and including the object of {@code to}.
     * Returns null if both are the same object.
     */
    public abstract @Nullable Long span(RecordOrigin from, RecordOrigin to);

    // == resume points ==

    /**
     * Returns the block number that determines the permutation of the point's block. Returns null if the block's own
     * number determines it.
     */
    public abstract @Nullable Long permutedAs(ResumePoint point);

    /**
     * Returns a copy of the point with the given number of records to drop. The copy is in a block of the shuffle that
     * {@code blocks} describes, or outside of any shuffle if {@code blocks} is null.
     */
    public abstract ResumePoint inBlocks(ResumePoint point, @Nullable Blocks blocks, long drop);

    /**
     * Checks that a point was taken downstream of the given shuffle.
     *
     * @throws ResumeMismatchException if the point was not taken downstream of this shuffle
     */
    public abstract void requireShuffle(ResumePoint point, Blocks blocks);

    /**
     * Checks that a point's block spans the same objects as when the point was taken.
     *
     * @param span the hash of the objects that the block spans now, see {@link Blocks#span}
     * @throws ResumeMismatchException if the block spans different objects
     */
    public abstract void requireSpan(ResumePoint point, @Nullable Long span);

    // == skipping ==

    /** Returns a counter of the records that are skipped in one subscription. */
    public abstract Skips skips(SkipPolicy policy, PipelineReporter reporter);

    /** Returns whether the policy skips any records. */
    public abstract boolean skips(SkipPolicy policy);

    /** Returns whether user code receives the skipped records. */
    public abstract boolean hasReceiver(SkipPolicy policy);

    // == errors and channels ==

    /**
     * Returns an exception whose message is {@code what (source, position) [id]}, with the id of the error kind.
     *
     * @param type the type of the exception, which must be one that {@code kind} permits
     * @param what the text of the message: what failed, what was expected, what was found, and what to do
     * @param source the object, pipe or file, or null
     * @param position the position, or null
     * @param cause the cause, or null
     */
    public static <E extends PipefluxException> E exception(
            Class<E> type,
            ErrorKind kind,
            String what,
            @Nullable String source,
            @Nullable Position position,
            @Nullable Throwable cause) {
        return type.cast(get().newException(type, kind, what, source, position, cause));
    }

    protected abstract PipefluxException newException(
            Class<?> type,
            ErrorKind kind,
            String what,
            @Nullable String source,
            @Nullable Position position,
            @Nullable Throwable cause);

    /**
     * Returns an exception that names the given record. The caller adds it, as a suppressed exception, to the exception
     * that is thrown for this record.
     */
    public abstract PipefluxException thrownFor(RawRecord record);

    /**
     * Returns the origin of an element of a channel's list.
     *
     * @param seed the seed of the list's shuffle, or null if the list is not shuffled
     * @param share the host's share of the list
     * @param byBytes whether the list is divided among the hosts by the sizes of its elements
     * @param listed the number of elements in the list, or -1 if that is unknown
     * @param hash the {@link Fnv1a} hash of the names of all elements. If the number of elements is unknown, the hash
     *     of the names up to and including this element
     */
    public abstract ListOrigin listOrigin(@Nullable Long seed, Share share, boolean byBytes, long listed, long hash);
}
