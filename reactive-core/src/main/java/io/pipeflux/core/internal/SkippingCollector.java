package io.pipeflux.core.internal;

import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/** A collector for rows that may vanish: batches stay full, and rows that vanish are told of in order. */
public final class SkippingCollector<T, R> extends LettingGoCollector<T, R> {

    /** Is told of the rows that vanish, in their order. */
    @FunctionalInterface
    public interface Skips<T> {

        /**
         * Called for a row that vanishes. An exception ends the stream with it.
         *
         * @param number the row's number among all rows of the subscription, counted from 0
         */
        void skip(T row, long number, Throwable reason);
    }

    private final Supplier<? extends Skips<T>> skips;

    /**
     * Creates a collector.
     *
     * @param parser makes a batch, or throws {@link RowVanishes} for the first row that cannot be part of it
     * @param skips called once for each subscription
     */
    public SkippingCollector(Function<? super List<T>, ? extends R> parser, Supplier<? extends Skips<T>> skips) {
        super(parser);
        this.skips = skips;
    }

    /** Returns who is told of the rows that vanish in one subscription. */
    public Skips<T> newSkips() {
        return skips.get();
    }
}
