package io.pipeflux.core.operator;

import io.pipeflux.core.Pass;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.Mixed;
import io.pipeflux.core.internal.Mixed.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives each record of a mix its ordinal in the mix and its resume point. A mark is the state of the mix before one of
 * its records. To resume after a later record, the mix starts at the mark and drops the records in between.
 *
 * <pre>
 *   records of the mix       0  1  2  3  4  5  6
 *   marks                    M        M        M
 *   resume point before 5             M + 2            the mark before record 3; drop two records
 * </pre>
 *
 * <p>The larger the number of sources, the more a mark costs. Therefore, a mix of three sources has a mark before every
 * third record.
 *
 * <p>An instance is used by one thread at a time. A resume point is created when any thread first requests it.
 */
final class MixMarks {

    private static final CoreAccess CORE = CoreAccess.get();

    private final MixStart start;
    private final List<@Nullable At> places = new ArrayList<>();
    private long ordinal;
    private @Nullable Mark mark;
    private @Nullable Mark first;

    MixMarks(MixStart start) {
        this.start = start;
        this.ordinal = start.record();
    }

    /** The point at which a source continues: its resume point, or its beginning if {@code point} is null. */
    private record At(long source, @Nullable Supplier<ResumePoint> point) {

        Place<ResumePoint> place() {
            return new Place<>(source, point == null ? null : point.get());
        }
    }

    private static final class Mark implements Supplier<ResumePoint> {

        private final Pass pass;
        private final String by;
        private final long ordinal;
        private final List<Long> turn;
        private final @Nullable At[] places;
        private @Nullable ResumePoint made; // needs no lock, because threads that race create equal points

        Mark(MixStart start, long ordinal, List<Long> turn, @Nullable At[] places) {
            this.pass = start.pass();
            this.by = start.by();
            this.ordinal = ordinal;
            this.turn = turn;
            this.places = places;
        }

        @Override
        public ResumePoint get() {
            ResumePoint point = made;
            if (point == null) {
                List<@Nullable Place<ResumePoint>> all = new ArrayList<>(places.length);
                for (At at : places) {
                    all.add(at == null ? null : at.place());
                }
                point = CORE.mixedPoint(pass, ordinal, new Mixed<>(by, turn, all));
                made = point;
            }
            return point;
        }
    }

    /** Returns the ordinal of the next record. */
    long ordinal() {
        return ordinal;
    }

    /** Puts a source into a place: a new place, or a place whose source has ended. */
    void open(int place, long source, @Nullable ResumePoint point) {
        set(place, new At(source, point == null ? null : () -> point));
    }

    /** Records that a place has no source, either because its source has ended or because none was assigned to it. */
    void end(int place) {
        set(place, null);
    }

    private void set(int place, @Nullable At at) {
        if (place == places.size()) {
            places.add(at);
        } else {
            places.set(place, at);
        }
    }

    /** Returns whether the next record needs a new mark. If so, {@link #mark} must be called first. */
    boolean isDue() {
        return mark == null || ordinal - mark.ordinal >= places.size();
    }

    /**
     * Marks the state before the next record.
     *
     * @param turn the operator's own part of the state
     */
    void mark(List<Long> turn) {
        mark = new Mark(start, ordinal, turn, places.toArray(new @Nullable At[0]));
        first = first == null ? mark : first;
    }

    /**
     * Returns the next element of the mix for an element of a source. A record is replaced by one that has the ordinal
     * and the resume points of the mix. Any other element is returned unchanged.
     */
    @SuppressWarnings("unchecked") // RawRecord is final, so the result is a T
    <T> T mixed(int place, T element) {
        if (element instanceof RawRecord record) {
            T mixed = (T) record(record);
            took(place, record);
            ordinal++;
            return mixed;
        }
        start.requireBeginning();
        ordinal++;
        return element;
    }

    /**
     * Makes the next row of the mix from elements of its sources. Each record in the array is replaced by one that has
     * the row's ordinal and resume points.
     */
    void row(Object[] row) {
        for (int i = 0; i < row.length; i++) {
            if (row[i] instanceof RawRecord record) {
                row[i] = record(record);
                took(i, record);
            } else {
                start.requireBeginning();
            }
        }
        ordinal++;
    }

    private RawRecord record(RawRecord record) {
        Mark from = mark;
        Mark beginning = first;
        if (from == null || beginning == null) {
            throw new AssertionError("expected a mark before record " + ordinal);
        }
        return CORE.mixed(record, ordinal, from, beginning);
    }

    private void took(int place, RawRecord record) {
        At at = places.get(place);
        set(place, new At(at == null ? place : at.source(), CORE.resumingAt(record)));
    }
}
