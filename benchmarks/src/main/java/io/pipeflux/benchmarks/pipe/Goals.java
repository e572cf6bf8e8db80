package io.pipeflux.benchmarks.pipe;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Goals of the README's pipeline, as ratios to the best peer that parses. */
final class Goals {

    /** The ratio to Pipeflux's best setting, chosen by hand. */
    static final double OF_BEST_OF_OURS = 0.93;
    /** A heap of 256 MiB to one of 1 GiB. */
    static final double SMALL_HEAP = 0.95;
    /** CPU to that of the loop by hand, and to that of the pipeline without threads. */
    static final double CPU_OF_PLAIN = 1;

    static final double CPU_OF_INLINE = 1.3;

    /** The CPU of 4 GiB to four times that of 1 GiB. */
    static final double LINEAR = 1.05;

    /** A value of a set of another shape to one of {@code ctr}. */
    static final double SHAPE = 3;

    private static final List<String> SETS = List.of("seed", "big", "small", "ctr", "ctrshuf", "floats", "text");
    private static final double[] FILE = {2, 1.4, 8, 7, 7, 3, 5};
    private static final double[] FIFO = {1.6, 1.5, 8, 14, 15, 4.5, 4};
    private static final double[] POOLED = {2.5, 2.5, 9, 8, 8, 4, 5};
    private static final Map<String, Double> OF_READING = Map.of("seed", 0.9, "floats", 0.9, "big", 0.75);

    private Goals() {}

    /** Returns the ratio to the best peer that a side is to reach, if it has any. */
    static OptionalDouble ratio(PipelineSide side, String set, From from) {
        double[] goals = side == PipelineSide.README && from == From.FIFO
                ? FIFO
                : side == PipelineSide.README && from == From.FILE
                        ? FILE
                        : side == PipelineSide.POOLED && from == From.FILE ? POOLED : null;
        int i = SETS.indexOf(set);
        return goals == null || i < 0 ? OptionalDouble.empty() : OptionalDouble.of(goals[i]);
    }

    /** Returns the ratio to a loop that only reads. */
    static OptionalDouble ofReading(String set, From from) {
        Double goal = from == From.FIFO ? OF_READING.get(set) : null;
        return goal == null ? OptionalDouble.empty() : OptionalDouble.of(goal);
    }
}
