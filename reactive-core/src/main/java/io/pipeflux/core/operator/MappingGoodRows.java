package io.pipeflux.core.operator;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

/**
 * Maps each row once, and collects the results in a list. If the mapper throws for some rows, {@link #make} throws
 * {@link BadRows} that contain these rows. Mapping stops at a row that cannot be skipped. A row may arrive already
 * mapped, as an {@link Outcome}.
 *
 * <p>A batch that has bad rows is made again without them. {@link #make} replaces each row in its array by the outcome
 * of the row, so that no row is mapped twice.
 */
final class MappingGoodRows<T, R> implements BatchMaker<List<R>> {

    private final Function<? super T, ? extends R> mapper;

    MappingGoodRows(Function<? super T, ? extends R> mapper) {
        this.mapper = Objects.requireNonNull(mapper, "mapper");
    }

    @Override
    @SuppressWarnings("unchecked")
    public List<R> make(@Nullable Object[] rows, int count, Context context) {
        BadRows bad = null;
        try {
            List<R> batch = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                Outcome outcome = outcome(Objects.requireNonNull(rows[i]));
                rows[i] = outcome;
                if (outcome instanceof Outcome.Failed failed) {
                    bad = BadRows.and(bad, i, failed.reason());
                } else if (outcome instanceof Outcome.Broken broken) {
                    bad = BadRows.andBroken(bad, i, broken.reason());
                    break; // the later rows will not be needed
                } else {
                    batch.add((R) outcome.element());
                }
            }
            if (bad == null) {
                return batch;
            }
        } catch (Throwable t) {
            Rows.discard(rows, 0, count, context);
            throw t;
        }
        throw bad;
    }

    @SuppressWarnings("unchecked")
    private Outcome outcome(Object row) {
        if (row instanceof Outcome known) {
            return known;
        }
        Object value;
        try {
            value = mapper.apply((T) row);
        } catch (Throwable t) {
            return Outcome.failed(row, t);
        }
        return value == null ? Outcome.broken(row, "the mapper returned null") : new Outcome.Mapped(value);
    }
}
