package io.pipeflux.benchmarks.pipe;

import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/** The measured figures of one data set that was read from one kind of source, grouped by {@link PipelineSide}. */
final class PeerFigures {

    /** The median, the minimum and the maximum of some values. */
    record Spread(double least, double median, double most) {

        static Spread of(double[] values) {
            double[] sorted = values.clone();
            Arrays.sort(sorted);
            return new Spread(sorted[0], sorted[sorted.length / 2], sorted[sorted.length - 1]);
        }

        /** Returns the median and the range as text, with two decimal places. */
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%.2f (%.2f - %.2f)", median, least, most);
        }
    }

    private final Map<PipelineSide, List<PeerPass>> passes = new EnumMap<>(PipelineSide.class);
    private final String set;
    private final From from;

    /** @param passes at least one pass; all of them read the same data set from the same kind of source */
    PeerFigures(List<PeerPass> passes) {
        set = passes.get(0).set();
        from = passes.get(0).from();
        for (PipelineSide side : PipelineSide.values()) {
            List<PeerPass> own = passes.stream()
                    .filter(pass -> pass.side() == side)
                    .sorted(Comparator.comparingInt(PeerPass::round))
                    .toList();
            if (!own.isEmpty()) {
                this.passes.put(side, own);
            }
        }
    }

    String set() {
        return set;
    }

    From from() {
        return from;
    }

    Set<PipelineSide> sides() {
        return passes.keySet();
    }

    private double[] values(PipelineSide side, ToDoubleFunction<PeerPass> of) {
        return passes.getOrDefault(side, List.of()).stream().mapToDouble(of).toArray();
    }

    /** Returns the median and the range of a figure over all passes of a side. */
    Spread spread(PipelineSide side, ToDoubleFunction<PeerPass> of) {
        return Spread.of(values(side, of));
    }

    Spread rate(PipelineSide side) {
        return spread(side, pass -> pass.result().gigabytesPerSecond());
    }

    /** Returns the maximum resident memory of the side's process, in bytes. */
    double resident(PipelineSide side) {
        return spread(side, pass -> pass.result().residentBytes()).most();
    }

    double cpu(PipelineSide side) {
        return spread(side, pass -> pass.result().cpuSecondsPerGigabyte()).median();
    }

    /**
     * Returns the median and the range of the ratio between the rates of two sides. Each ratio compares two passes of
     * the same round.
     */
    Spread ratio(PipelineSide side, PipelineSide to) {
        double[] rates = values(side, pass -> pass.result().gigabytesPerSecond());
        double[] others = values(to, pass -> pass.result().gigabytesPerSecond());
        double[] ratios = new double[Math.min(rates.length, others.length)];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = rates[i] / others[i];
        }
        return Spread.of(ratios);
    }

    /** Returns the matching side with the highest median rate. */
    Optional<PipelineSide> best(Predicate<PipelineSide> which) {
        return sides().stream()
                .filter(which)
                .max(Comparator.comparingDouble(side -> rate(side).median()));
    }
}
