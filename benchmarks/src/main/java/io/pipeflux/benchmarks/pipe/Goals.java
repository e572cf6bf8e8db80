package io.pipeflux.benchmarks.pipe;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** The goals of the README's pipeline, as ratios to the best peer that parses. */
final class Goals {

    /** The minimum ratio to Pipeflux's best setting, which was chosen by hand. */
    static final double OF_BEST_OF_OURS = 0.93;
    /** The minimum ratio of a heap of 256 MiB to a heap of 1 GiB. */
    static final double SMALL_HEAP = 0.95;
    /**
     * The maximum ratio of the CPU time to that of the handwritten loop. The next one compares with the pipeline
     * without threads.
     */
    static final double CPU_OF_PLAIN = 1;

    static final double CPU_OF_INLINE = 1.3;

    /** The maximum ratio of the CPU time for 4 GiB to four times that for 1 GiB. */
    static final double LINEAR = 1.05;

    /** The maximum ratio of the time per value in a set of a different shape to that in {@code ctr}. */
    static final double SHAPE = 3;

    private static final List<String> SETS = List.of("seed", "big", "small", "ctr", "ctrshuf", "floats", "text");
    private static final double[] FILE = {2, 1.4, 8, 7, 7, 3, 5};
    private static final double[] FIFO = {1.6, 1.5, 8, 14, 15, 4.5, 4};
    private static final double[] POOLED = {2.5, 2.5, 9, 8, 8, 4, 5};
    private static final Map<String, Double> OF_READING = Map.of("seed", 0.9, "floats", 0.9, "big", 0.75);

    private Goals() {}

    /** Returns the ratio to the best peer that a side should reach, if there is a goal. */
    static OptionalDouble ratio(PipelineSide side, String set, From from) {
        double[] goals = side == PipelineSide.README && from == From.FIFO
                ? FIFO
                : side == PipelineSide.README && from == From.FILE
                        ? FILE
                        : side == PipelineSide.POOLED && from == From.FILE ? POOLED : null;
        int i = SETS.indexOf(set);
        return goals == null || i < 0 ? OptionalDouble.empty() : OptionalDouble.of(goals[i]);
    }

    /** Returns the ratio that the pipeline should reach to a loop that only reads. */
    static OptionalDouble ofReading(String set, From from) {
        Double goal = from == From.FIFO ? OF_READING.get(set) : null;
        return goal == null ? OptionalDouble.empty() : OptionalDouble.of(goal);
    }
}
