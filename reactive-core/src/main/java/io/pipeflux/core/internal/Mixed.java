package io.pipeflux.core.internal;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state of a mix of several sources before one of its records: where each source continues, and whose turn it is.
 *
 * @param <P> the type of resume points, on which this package does not depend
 * @param by the operator and its settings, such as {@code interleave(2, 4)}
 * @param turn numbers of the operator's own; none for one whose turns depend on the record's ordinal only
 * @param places the sources that are read; null is a source that has ended, or a place of no source
 */
public record Mixed<P>(String by, List<Long> turn, List<@Nullable Place<P>> places) {

    /**
     * Where a source continues.
     *
     * @param source the source's number among all sources, counted from 0
     * @param point where it continues, or null if none of its records was taken
     */
    public record Place<P>(long source, @Nullable P point) {}
}
