package io.pipeflux.core.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collector;

/**
 * Makes a batch of all its rows at the end. Neither it nor the batch keeps a row, so the memory of the rows' bytes can
 * be used again.
 */
public class LettingGoCollector<T, R> implements Collector<T, List<T>, R> {

    private final Function<? super List<T>, ? extends R> parser;

    /** @param parser makes a batch; keeps no row and none of their bytes, also if it throws */
    public LettingGoCollector(Function<? super List<T>, ? extends R> parser) {
        this.parser = parser;
    }

    @Override
    public final Supplier<List<T>> supplier() {
        return ArrayList::new;
    }

    @Override
    public final BiConsumer<List<T>, T> accumulator() {
        return List::add;
    }

    @Override
    public final BinaryOperator<List<T>> combiner() {
        return (first, second) -> {
            first.addAll(second);
            return first;
        };
    }

    @Override
    public final Function<List<T>, R> finisher() {
        return parser::apply;
    }

    @Override
    public final Set<Characteristics> characteristics() {
        return Set.of();
    }
}
