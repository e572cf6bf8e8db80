package io.pipeflux.core;

import java.util.function.Supplier;

/**
 * The properties that a record has in a mix of several sources, in addition to its origin in its own source.
 *
 * @param ordinal the record's ordinal in its own source. The ordinal in the mix is stored in the record itself
 * @param from returns a resume point at the record or before it. Between this point and the record, there are at most
 *     as many records as the mix has sources
 * @param beginning returns the resume point at which the mix began in this pass
 */
record MixedOrigin(long ordinal, Supplier<ResumePoint> from, Supplier<ResumePoint> beginning) {

    /** Returns the resume point before the record that has the given ordinal in the mix. */
    ResumePoint before(long mixedOrdinal) {
        ResumePoint point = from.get();
        return point.plus(mixedOrdinal - point.nextRecord());
    }
}
