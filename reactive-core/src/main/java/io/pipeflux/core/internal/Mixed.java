package io.pipeflux.core.internal;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state of a mix of several sources directly before a record. It contains the place at which each source continues,
 * and the numbers that determine which source the record is from.
 *
 * @param <P> the type of resume points, on which this package does not depend
 * @param by the operator and its settings, such as {@code interleave(2, 4)}
 * @param turn numbers from which the operator determines the source of the record; empty if the record's ordinal alone
 *     determines it
 * @param places the places of the sources that are being read. An entry is null if its source has ended, or if no
 *     source is assigned to it
 */
public record Mixed<P>(String by, List<Long> turn, List<@Nullable Place<P>> places) {

    /**
     * The place at which a source continues.
     *
     * @param source the source's number among all sources, counted from 0
     * @param point the point at which the source continues, or null if the mix does not contain any record of the
     *     source yet
     */
    public record Place<P>(long source, @Nullable P point) {}
}
