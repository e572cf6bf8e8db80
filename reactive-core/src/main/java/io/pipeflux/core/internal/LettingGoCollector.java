package io.pipeflux.core.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collector;
import org.jspecify.annotations.Nullable;

/**
 * Parses all rows of a batch together, when the batch is complete. Neither this collector nor the batch keeps a row, so
 * the memory of the rows' bytes can be reused. A row that fails the {@linkplain #check check} can be left out of its
 * batch.
 */
public final class LettingGoCollector<T, R> implements Collector<T, List<T>, R> {

    private final Function<? super List<T>, ? extends R> parser;
    private final Consumer<? super T> check;
    private final @Nullable Supplier<? extends R> none;

    /**
     * Creates a collector.
     *
     * @param parser creates a batch. The parser must keep neither a row nor its bytes, even if it throws
     * @param check receives one row, and throws what the parser would throw for a batch that contains only this row.
     *     After the parser has rejected a batch, the check is called for each row of the batch, in order. Several
     *     threads may call the check at the same time, for different batches
     */
    public LettingGoCollector(Function<? super List<T>, ? extends R> parser, Consumer<? super T> check) {
        this(parser, check, null);
    }

    /**
     * Creates a collector that can also create a batch without rows.
     *
     * @param parser see the other constructor
     * @param check see the other constructor
     * @param none creates a batch that has no rows but the same columns as every other batch; null if no such batch can
     *     be created
     */
    public LettingGoCollector(
            Function<? super List<T>, ? extends R> parser,
            Consumer<? super T> check,
            @Nullable Supplier<? extends R> none) {
        this.parser = parser;
        this.check = check;
        this.none = none;
    }

    /** Returns a batch without rows, or null if the collector cannot create one. */
    public @Nullable R none() {
        return none == null ? null : none.get();
    }

    /** Throws an exception if the row cannot be part of any batch. */
    public void check(T row) {
        check.accept(row);
    }

    @Override
    public Supplier<List<T>> supplier() {
        return ArrayList::new;
    }

    @Override
    public BiConsumer<List<T>, T> accumulator() {
        return List::add;
    }

    @Override
    public BinaryOperator<List<T>> combiner() {
        return (first, second) -> {
            first.addAll(second);
            return first;
        };
    }

    @Override
    public Function<List<T>, R> finisher() {
        return parser::apply;
    }

    @Override
    public Set<Characteristics> characteristics() {
        return Set.of();
    }
}
