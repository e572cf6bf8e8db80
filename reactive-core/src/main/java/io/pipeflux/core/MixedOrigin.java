package io.pipeflux.core;

import java.util.function.Supplier;

/**
 * The properties that a record of a mix of several sources has in addition to the origin in its source.
 *
 * @param ordinal the record's ordinal in its source; the record itself has its ordinal in the mix
 * @param from returns a point at the record or before it, by at most the number of sources in the mix
 * @param beginning returns the point at which the mix began in this pass
 */
record MixedOrigin(long ordinal, Supplier<ResumePoint> from, Supplier<ResumePoint> beginning) {

    /** Returns the point before the record that has the given ordinal in the mix. */
    ResumePoint before(long mixedOrdinal) {
        ResumePoint point = from.get();
        return point.plus(mixedOrdinal - point.nextRecord());
    }
}
