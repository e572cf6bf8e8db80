package io.pipeflux.core.operator;

import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.Discards;
import io.pipeflux.core.internal.LettingGoCollector;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collector;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** Makes a batch from each group of rows. */
@FunctionalInterface
interface BatchMaker<B> {

    /**
     * Makes a batch of the first {@code count} rows. If the mapper or collector throws, the rows are discarded and the
     * exception is rethrown. If this method throws {@link BadRows}, the rows are not discarded.
     */
    B make(@Nullable Object[] rows, int count, Context context);

    /**
     * Returns true if the maker keeps no references to rows or batches, and if its batches keep no references to rows.
     */
    default boolean letsGo() {
        return false;
    }

    /** Returns a maker that maps each row and collects the results in a list. */
    static <T, R> BatchMaker<List<R>> mapping(Function<? super T, ? extends R> mapper) {
        Objects.requireNonNull(mapper, "mapper");
        return (rows, count, context) -> {
            List<R> batch = List.of();
            try {
                batch = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    @SuppressWarnings("unchecked")
                    T row = (T) rows[i];
                    batch.add(Objects.requireNonNull(mapper.apply(row), "the mapper returned null"));
                }
                return batch;
            } catch (Throwable t) {
                int failed = batch.size();
                addPosition(rows[failed], t);
                Operators.onDiscardMultiple(batch, context);
                Rows.discard(rows, failed, count, context);
                throw t;
            }
        };
    }

    /** Returns a maker that collects the rows. */
    static <T, A, B> BatchMaker<B> collecting(Collector<? super T, A, ? extends B> collector) {
        Objects.requireNonNull(collector, "collector");
        return new Collecting<T, A, B>(collector);
    }

    /** Collects the rows. */
    record Collecting<T, A, B>(Collector<? super T, A, ? extends B> collector) implements BatchMaker<B> {

        @Override
        public B make(@Nullable Object[] rows, int count, Context context) {
            int at = 0;
            try {
                A batch = collector.supplier().get();
                for (; at < count; at++) {
                    @SuppressWarnings("unchecked")
                    T row = (T) rows[at];
                    collector.accumulator().accept(batch, row);
                }
                return Objects.requireNonNull(collector.finisher().apply(batch), "the collector returned null");
            } catch (Throwable t) {
                if (at < count) {
                    addPosition(rows[at], t);
                }
                Rows.discard(rows, 0, count, context);
                throw t;
            }
        }

        @Override
        public boolean letsGo() {
            return collector instanceof LettingGoCollector;
        }
    }

    /**
     * Discards a batch that will not be emitted. If the batch is a collection, its elements are discarded instead. The
     * batch is released only if it was not made by user code, because user code may still refer to the batch.
     */
    default void discard(@Nullable Object batch, Context context) {
        if (batch instanceof Collection<?> rows) {
            Operators.onDiscardMultiple(rows, context);
        } else if (letsGo()) {
            Discards.discard(batch, context);
        } else {
            Operators.onDiscard(batch, context);
        }
    }

    /** Adds the position of a record to an exception that user code has thrown. */
    static void addPosition(@Nullable Object row, Throwable thrown) {
        Throwable t = Exceptions.unwrap(thrown); // the subscriber receives the unwrapped exception
        if (row instanceof RawRecord record && !(t instanceof PipefluxException)) {
            try {
                t.addSuppressed(CoreAccess.get().thrownFor(record));
            } catch (Throwable noMemoryForThat) { // the rows must still be discarded, and t must still be thrown
            }
        }
    }
}
