package io.pipeflux.samples.training;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** How to train; the defaults are the demo's. */
final class TrainingOptions {

    static final int BATCH = 64;
    static final int PREFETCH = 10;
    static final int PARALLEL_BATCHES = 2;

    @Option(
            names = "--epochs",
            defaultValue = "5",
            description = "passes over the training data, ${DEFAULT-VALUE} by default")
    int epochs;

    @Option(
            names = "--steps",
            defaultValue = "1000",
            description = "batches of 64 to train on at the most, ${DEFAULT-VALUE} by default")
    int steps;

    @Option(
            names = "--eval-steps",
            defaultValue = "50",
            description = "batches of 64 to evaluate on each time, ${DEFAULT-VALUE} by default")
    int evalSteps;

    @Option(
            names = "--features",
            defaultValue = "1024",
            description = "float64 values in a record's feature \"data\", ${DEFAULT-VALUE} by default")
    int features;

    @Option(
            names = "--format",
            defaultValue = "auto",
            description = "how records are framed: ${COMPLETION-CANDIDATES}; auto looks at the first object, and takes"
                    + " TFRecord in pipes that another agent fills")
    RecordFormat format = RecordFormat.auto;

    void check(CommandSpec spec) {
        atLeastOne(spec, "--epochs", epochs);
        atLeastOne(spec, "--steps", steps);
        atLeastOne(spec, "--eval-steps", evalSteps);
        atLeastOne(spec, "--features", features);
    }

    private static void atLeastOne(CommandSpec spec, String option, int value) {
        if (value < 1) {
            throw new ParameterException(spec.commandLine(), option + " >= 1 required but it was " + value);
        }
    }
}
