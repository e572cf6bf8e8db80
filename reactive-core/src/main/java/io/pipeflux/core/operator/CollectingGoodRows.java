package io.pipeflux.core.operator;

import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.internal.LettingGoCollector;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collector;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

/** Collects rows into a batch. If this fails, each row is checked separately to find the bad ones. */
final class CollectingGoodRows<T, B> implements BatchMaker<B> {

    private final LettingGoCollector<T, B> collector;

    private CollectingGoodRows(LettingGoCollector<T, B> collector) {
        this.collector = collector;
    }

    /** Returns a maker that collects rows. It throws {@link BadRows} for rows that cannot be part of any batch. */
    static <T, B> BatchMaker<B> of(Collector<? super T, ?, ? extends B> collector) {
        if (collector instanceof LettingGoCollector) {
            @SuppressWarnings("unchecked")
            LettingGoCollector<T, B> known = (LettingGoCollector<T, B>) collector;
            return new CollectingGoodRows<>(known);
        }
        throw new IllegalArgumentException("expected a mapper or the collector of a schema for options with onBadRow,"
                + " but got " + collector + ": a custom collector does not report which row has failed");
    }

    @Override
    @SuppressWarnings("unchecked")
    public B make(@Nullable Object[] rows, int count, Context context) {
        try {
            List<T> batch = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                batch.add((T) Objects.requireNonNull(rows[i]));
            }
            return collector.finisher().apply(batch);
        } catch (Throwable t) {
            BadRows bad = find(rows, count);
            if (bad != null) {
                throw bad;
            }
            Rows.discard(rows, 0, count, context);
            throw t;
        }
    }

    @SuppressWarnings("unchecked")
    private @Nullable BadRows find(@Nullable Object[] rows, int count) {
        BadRows bad = null;
        for (int i = 0; i < count; i++) {
            try {
                collector.check((T) Objects.requireNonNull(rows[i]));
            } catch (PipefluxException e) {
                bad = BadRows.and(bad, i, e);
            } catch (Throwable t) { // thrown by a user-defined column
                return BadRows.andBroken(bad, i, t);
            }
        }
        return bad;
    }

    @Override
    public boolean letsGo() {
        return true;
    }
}
