package io.pipeflux.core;

import java.util.function.Supplier;

/**
 * The part of a record's origin that only records of a mix of several sources have.
 *
 * @param ordinal the record's ordinal in its own source. The record itself contains its ordinal in the mix
 * @param from returns a resume point at the record or before it. The number of records between them is at most the
 *     number of sources
 * @param beginning returns the resume point at which the mix began in this pass
 */
record MixedOrigin(long ordinal, Supplier<ResumePoint> from, Supplier<ResumePoint> beginning) {

    /** Returns the resume point before the record that has the given ordinal in the mix. */
    ResumePoint before(long mixedOrdinal) {
        ResumePoint point = from.get();
        return point.plus(mixedOrdinal - point.nextRecord());
    }
}
