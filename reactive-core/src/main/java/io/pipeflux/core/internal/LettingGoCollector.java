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
 * Makes a batch of all its rows at the end. Neither it nor the batch keeps a row, so the memory of the rows' bytes can
 * be used again. A row that fails alone can be left out of its batch.
 */
public final class LettingGoCollector<T, R> implements Collector<T, List<T>, R> {

    private final Function<? super List<T>, ? extends R> parser;
    private final Consumer<? super T> check;
    private final @Nullable Supplier<? extends R> none;

    /**
     * Creates a collector.
     *
     * @param parser makes a batch; keeps no row and none of their bytes, also if it throws
     * @param check throws what the parser throws for a batch of this row alone. Called for the rows of a batch that the
     *     parser has refused, by several threads
     */
    public LettingGoCollector(Function<? super List<T>, ? extends R> parser, Consumer<? super T> check) {
        this(parser, check, null);
    }

    /**
     * Creates a collector of batches that know their form.
     *
     * @param parser as above
     * @param check as above
     * @param none makes a batch of no rows, which shows what all are like
     */
    public LettingGoCollector(
            Function<? super List<T>, ? extends R> parser,
            Consumer<? super T> check,
            @Nullable Supplier<? extends R> none) {
        this.parser = parser;
        this.check = check;
        this.none = none;
    }

    /** Returns a batch of no rows, or null if the collector does not make any. */
    public @Nullable R none() {
        return none == null ? null : none.get();
    }

    /** Throws an exception if the row can be part of no batch. */
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
