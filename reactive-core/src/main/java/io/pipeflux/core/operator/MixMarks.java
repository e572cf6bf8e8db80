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
 * Gives the records of a mix their ordinals there and their resume points. A mark is the state of the mix before one of
 * its records. The records after it are resumed at the mark, and drop the records between.
 *
 * <pre>
 *   records of the mix    0  1  2  3  4  5  6        three sources
 *   marks                 M        M        M        one for as many records as there are sources: a record costs
 *   resume before 5                M + 2             the same however many sources there are
 * </pre>
 *
 * For one thread at a time. The points are made when they are asked for, by any thread.
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

    /** Where a source continues: at its beginning if there is no point. */
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
        private @Nullable ResumePoint made; // immutable: racing threads make equal ones

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

    /** Opens a source in a place: the next one, or one whose source has ended. */
    void open(int place, long source, @Nullable ResumePoint point) {
        set(place, new At(source, point == null ? null : () -> point));
    }

    /** Records that the source in a place has ended, or that the place has none. */
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

    /** Returns whether the next record needs a mark, so that {@link #mark} has to be called. */
    boolean isDue() {
        return mark == null || ordinal - mark.ordinal >= places.size();
    }

    /** Marks the state before the next record. */
    void mark(List<Long> turn) {
        mark = new Mark(start, ordinal, turn, places.toArray(new @Nullable At[0]));
        first = first == null ? mark : first;
    }

    /** Returns a source's element as the next one of the mix: a record with the ordinal and points of the mix. */
    @SuppressWarnings("unchecked") // a T that is a RawRecord, whose class is final
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

    /** Returns the elements of a row as one row of the mix: each record in it has the row's ordinal and points. */
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
