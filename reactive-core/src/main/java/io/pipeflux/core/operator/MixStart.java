package io.pipeflux.core.operator;

import io.pipeflux.core.Pass;
import io.pipeflux.core.ResumeMismatchException;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Mixed;
import io.pipeflux.core.internal.Mixed.Place;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * The point at which a mix of several sources starts.
 *
 * <pre>
 *   the resume point    record 12 of the mix, drop 2; record 7 of source 0; record 5 of source 1
 *   source 0            starts at its record 7, in a pass of its own
 *   source 1            starts at its record 5, in a pass of its own
 *   the mix             draws its records 12 and 13, and drops them; then emits its record 14
 * </pre>
 *
 * @param pass the pass of the mix
 * @param by the name of the operator, with its settings
 * @param state the state at the start point, or null at the beginning of an epoch
 */
record MixStart(Pass pass, String by, @Nullable Mixed<ResumePoint> state) {

    private static final CoreAccess CORE = CoreAccess.get();

    /** Returns the start of the mix in the pass that the subscriber's Context contains. */
    static MixStart of(ContextView subscriber, String by) {
        Pass pass = Pass.current(subscriber);
        return new MixStart(pass, by, CORE.mixedStart(pass, by));
    }

    /** Returns the ordinal of the first record that is drawn, no matter whether it is then emitted or dropped. */
    long record() {
        ResumePoint point = pass.start();
        return state == null || point == null ? 0 : point.position().recordOrdinal();
    }

    /** Returns the number of records that are drawn but not emitted, because they precede the resume point. */
    long drop() {
        ResumePoint point = pass.start();
        return state == null || point == null ? 0 : point.drop();
    }

    /** Returns the Context for sources that are read from their beginning, and for the Flux that emits the sources. */
    Context inSources(Context subscriber) {
        return CORE.in(CORE.ofSource(pass, null), subscriber);
    }

    /** Returns the Context for a source that was being read at the resume point. */
    Context inSource(Context subscriber, Place<ResumePoint> place) {
        return CORE.in(CORE.ofSource(pass, place.point()), subscriber);
    }

    /**
     * Throws an exception if {@code right} is false, that is, if the caller has found that this mix cannot have
     * produced the state of the start point. This happens, for example, if a resume token was written by hand.
     */
    void require(boolean right) {
        if (!right) {
            throw mismatch("expected the state of " + by + ", but got " + state);
        }
    }

    /**
     * Throws an exception if the pass starts inside an epoch. Called if the elements are not records: resume points
     * count only records, so a mix of other elements cannot be resumed.
     */
    void requireBeginning() {
        if (state != null) {
            throw new IllegalArgumentException(by + " of elements that are not records cannot begin inside an epoch ("
                    + pass.start() + "), since the point counts records: mix the records, before they are mapped or"
                    + " batched");
        }
    }

    /** Returns the error for a mix that cannot be resumed because it has too few sources. */
    TruncatedInputException missing(long expected, long found) {
        return CoreAccess.exception(
                TruncatedInputException.class,
                ErrorKind.END_BEFORE_START,
                by + ": the sources end before the resume point: expected at least " + expected + " sources, but got "
                        + found + ": give the pipeline the same sources in the same order",
                null,
                pass.start() == null ? null : pass.start().position(),
                null);
    }

    /**
     * Returns the error for sources that have ended before the resume point.
     *
     * @param left the number of records that are missing
     */
    TruncatedInputException ended(long left) {
        return CoreAccess.exception(
                TruncatedInputException.class,
                ErrorKind.END_BEFORE_START,
                by + ": the sources end " + left + " records before the resume point",
                null,
                pass.start() == null ? null : pass.start().position(),
                null);
    }

    private ResumeMismatchException mismatch(String what) {
        return CoreAccess.exception(
                ResumeMismatchException.class,
                ErrorKind.OTHER_PIPELINE,
                "the resume point was taken from a different pipeline: " + what
                        + ": give the pipeline the same sources",
                null,
                pass.start() == null ? null : pass.start().position(),
                null);
    }
}
