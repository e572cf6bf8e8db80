package io.pipeflux.core.operator;

import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.DrainingSubscriber;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Throwables;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;

/** Combines the next element of each source into a row. */
final class FluxZip<T> extends FluxOperator<Flux<T>, List<T>> {

    private final WhenOneEnds end;

    private FluxZip(Flux<Flux<T>> sources, WhenOneEnds end) {
        super(sources);
        this.end = end;
    }

    static <T> Flux<List<T>> of(Flux<Flux<T>> sources, WhenOneEnds end) {
        return onAssembly(new FluxZip<>(sources, end));
    }

    @Override
    public void subscribe(CoreSubscriber<? super List<T>> actual) {
        ZipSubscriber<T> subscriber;
        try {
            subscriber = new ZipSubscriber<>(actual, MixStart.of(actual.currentContext(), stepName()), end);
        } catch (Throwable t) {
            Throwables.refuse(actual, Throwables.toSignal(t, actual.currentContext()));
            return;
        }
        DrainingSubscriber.subscribe(source, subscriber);
    }

    @Override
    public String stepName() {
        return "zip(" + end + ")";
    }

    static final class ZipSubscriber<T> extends MixSubscriber<T, List<T>> {

        private final WhenOneEnds end;

        ZipSubscriber(CoreSubscriber<? super List<T>> actual, MixStart start, WhenOneEnds end) {
            super(actual, Integer.MAX_VALUE, start);
            this.end = end;
        }

        @Override
        protected void ended(int source) {
            start.require(false); // a zip ends as soon as one source ends, so its state contains no ended source
        }

        @Override
        protected void emitFrom() {
            if (count() == 0) {
                complete();
                return;
            }
            long limit = requested();
            long emitted = 0;
            while (!isOver() && isRow() && (drops() || emitted < limit)) {
                List<T> row = row();
                if (drops()) {
                    dropped();
                    discard(row);
                } else {
                    emitted++;
                    actual.onNext(row);
                }
                for (int i = 0; i < count(); i++) {
                    from(i).taken();
                }
            }
            produced(emitted);
        }

        private InterleaveSource<T> from(int index) {
            return Objects.requireNonNull(source(index));
        }

        /**
         * Returns whether every source has an element. Ends the result if a source has ended. The sources are checked
         * in order, so that the result does not depend on timing when several sources have ended.
         */
        private boolean isRow() {
            int endedFirst = -1;
            int longer = -1;
            for (int i = 0; i < count(); i++) {
                // checked before the queue is peeked, so that the last elements are not missed
                boolean done = from(i).isDone();
                if (from(i).peek() != null) {
                    longer = longer < 0 ? i : longer;
                } else if (!done) {
                    return false;
                } else {
                    Throwable t = from(i).takeError();
                    if (t != null || end == WhenOneEnds.STOP) {
                        endWith(t);
                        return false;
                    }
                    endedFirst = endedFirst < 0 ? i : endedFirst;
                }
                if (endedFirst >= 0 && longer >= 0) {
                    signalEnd(unequal(endedFirst, longer));
                    return false;
                }
            }
            if (endedFirst >= 0) {
                complete();
            }
            return endedFirst < 0;
        }

        private void endWith(@Nullable Throwable t) {
            if (t == null) {
                complete();
            } else {
                signalEnd(t);
            }
        }

        private TruncatedInputException unequal(int ended, int longer) {
            return CoreAccess.exception(
                    TruncatedInputException.class,
                    ErrorKind.UNEQUAL_SOURCES,
                    start.by() + ": expected all sources to have the same number of elements, but source " + ended
                            + " ended after " + marks.ordinal() + ", and source " + longer
                            + " has more: make the sources equally long, or end with the shortest by zip(STOP)",
                    null,
                    null,
                    null);
        }

        /** Takes an element from each source and combines them into a row. */
        @SuppressWarnings("unchecked") // each element is from a source, or is a record that replaced such an element
        private List<T> row() {
            Object[] row = new Object[count()];
            for (int i = 0; i < row.length; i++) {
                row[i] = Objects.requireNonNull(from(i).poll());
            }
            try {
                mark();
                marks.row(row);
            } catch (Throwable t) {
                discard((List<T>) List.of(row));
                throw t;
            }
            List<T> elements = new ArrayList<>(row.length);
            for (Object element : row) {
                elements.add((T) element);
            }
            return Collections.unmodifiableList(elements);
        }

        private void discard(List<T> row) {
            for (int i = 0; i < row.size(); i++) {
                from(i).discard(row.get(i));
            }
        }
    }
}
