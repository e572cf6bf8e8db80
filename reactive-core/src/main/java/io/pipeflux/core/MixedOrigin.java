package io.pipeflux.core;

import java.util.function.Supplier;

/**
 * What a record of a mix of several sources has beside the origin of its source.
 *
 * @param ordinal the record's ordinal in its source; its own is that in the mix
 * @param from returns a point before the record, or at most as many records before it as the mix has sources
 * @param beginning returns the point at which the mix began in this pass
 */
record MixedOrigin(long ordinal, Supplier<ResumePoint> from, Supplier<ResumePoint> beginning) {

    /** Returns the point from which the record with an ordinal in the mix is the next one. */
    ResumePoint before(long mixedOrdinal) {
        ResumePoint point = from.get();
        return point.plus(mixedOrdinal - point.nextRecord());
    }
}
