package io.pipeflux.benchmarks.pipe;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The performance goals of the README's pipeline. Unless stated otherwise, a goal is the minimum ratio of the
 * pipeline's rate to that of the best peer that parses records.
 */
final class Goals {

    /** The minimum ratio of the README pipeline's rate to that of the best hand-tuned Pipeflux pipeline. */
    static final double OF_BEST_OF_OURS = 0.93;
    /** The minimum ratio of the rate with a heap of 256 MiB to the rate with a heap of 1 GiB. */
    static final double SMALL_HEAP = 0.95;
    /** The maximum ratio of the pipeline's CPU time to that of the handwritten loop. */
    static final double CPU_OF_PLAIN = 1;

    /** The maximum ratio of the pipeline's CPU time to that of the pipeline without additional threads. */
    static final double CPU_OF_INLINE = 1.3;

    /** The maximum ratio of the CPU time per GiB for 4 GiB to the CPU time per GiB for 1 GiB. */
    static final double LINEAR = 1.05;

    /**
     * The goal for data sets with a special shape, such as many columns: the maximum ratio of the time per value to the
     * time per value in the data set {@code ctr}.
     */
    static final double SHAPE = 3;

    private static final List<String> SETS = List.of("seed", "big", "small", "ctr", "ctrshuf", "floats", "text");
    private static final double[] FILE = {2, 1.4, 8, 7, 7, 3, 5};
    private static final double[] FIFO = {1.6, 1.5, 8, 14, 15, 4.5, 4};
    private static final double[] POOLED = {2.5, 2.5, 9, 8, 8, 4, 5};
    private static final Map<String, Double> OF_READING = Map.of("seed", 0.9, "floats", 0.9, "big", 0.75);

    private Goals() {}

    /**
     * Returns the goal for a side: the minimum ratio of its rate to that of the best peer. Empty if there is no goal.
     */
    static OptionalDouble ratio(PipelineSide side, String set, From from) {
        double[] goals = side == PipelineSide.README && from == From.FIFO
                ? FIFO
                : side == PipelineSide.README && from == From.FILE
                        ? FILE
                        : side == PipelineSide.POOLED && from == From.FILE ? POOLED : null;
        int i = SETS.indexOf(set);
        return goals == null || i < 0 ? OptionalDouble.empty() : OptionalDouble.of(goals[i]);
    }

    /**
     * Returns the goal for reading: the minimum ratio of the pipeline's rate to that of a loop that only reads. Empty
     * if there is no goal.
     */
    static OptionalDouble ofReading(String set, From from) {
        Double goal = from == From.FIFO ? OF_READING.get(set) : null;
        return goal == null ? OptionalDouble.empty() : OptionalDouble.of(goal);
    }
}
