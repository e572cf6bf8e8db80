package io.pipeflux.samples.training;

import io.pipeflux.samples.training.input.ExampleInput;
import io.pipeflux.samples.training.input.Hyperparameters;
import io.pipeflux.samples.training.input.RecordFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** How to train; the defaults are the demo's. In a container each may be a hyperparameter of the same name. */
final class TrainingOptions {

    @Option(
            names = {"--batch", "--batch-size"},
            defaultValue = "64",
            description = "rows of a batch, ${DEFAULT-VALUE} by default")
    int batch;

    @Option(
            names = "--epochs",
            defaultValue = "5",
            description = "passes over the training data, ${DEFAULT-VALUE} by default")
    int epochs;

    @Option(
            names = "--steps",
            defaultValue = "1000",
            description = "batches to train on at the most, ${DEFAULT-VALUE} by default")
    int steps;

    @Option(
            names = "--eval-steps",
            defaultValue = "50",
            description = "batches to evaluate on each time, ${DEFAULT-VALUE} by default")
    int evalSteps;

    @Option(
            names = "--checkpoint-steps",
            defaultValue = "100",
            description = "in a container: keep the model so far every so many steps, ${DEFAULT-VALUE} by default")
    int checkpointSteps;

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

    @Option(
            names = "--train-input",
            paramLabel = "CLASS",
            description = "what makes batches of the training channels, a TrainInput; by default tf.train.Examples of"
                    + " the channel train")
    @Nullable
    String trainInput;

    @Option(
            names = "--eval-input",
            paramLabel = "CLASS",
            description = "what makes batches of the evaluation channels, an EvalInput; by default tf.train.Examples of"
                    + " the channel eval, if there is one")
    @Nullable
    String evalInput;

    /** Those that the command line gives, then those that the hyperparameters give, then the defaults. */
    static TrainingOptions of(ParseResult given, Hyperparameters parameters) {
        TrainingOptions options = new TrainingOptions();
        CommandLine own = new CommandLine(options);
        List<String> args = new ArrayList<>();
        for (OptionSpec option : own.getCommandSpec().options()) {
            String value = given.hasMatchedOption(option.longestName())
                    ? String.join("", given.matchedOption(option.longestName()).originalStringValues())
                    : find(option, parameters);
            if (value != null) {
                args.add(option.longestName() + "=" + value);
            }
        }
        try {
            own.parseArgs(args.toArray(String[]::new));
        } catch (ParameterException e) {
            throw new ParameterException(given.commandSpec().commandLine(), "hyperparameters: " + e.getMessage(), e);
        }
        options.check(given.commandSpec());
        return options;
    }

    private static @Nullable String find(OptionSpec option, Hyperparameters parameters) {
        for (String name : option.names()) {
            String value = parameters.find(name.substring("--".length()));
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    void check(CommandSpec spec) {
        atLeastOne(spec, "--batch", batch);
        atLeastOne(spec, "--epochs", epochs);
        atLeastOne(spec, "--steps", steps);
        atLeastOne(spec, "--eval-steps", evalSteps);
        atLeastOne(spec, "--checkpoint-steps", checkpointSteps);
        atLeastOne(spec, "--features", features);
    }

    private static void atLeastOne(CommandSpec spec, String option, int value) {
        if (value < 1) {
            throw new ParameterException(spec.commandLine(), option + " >= 1 required but it was " + value);
        }
    }

    /** What the entry points are told, which {@link ExampleInput} reads, too. */
    Hyperparameters asParameters(Hyperparameters others) {
        return others.with(Map.of(
                "batch", String.valueOf(batch),
                "epochs", String.valueOf(epochs),
                "steps", String.valueOf(steps),
                "eval-steps", String.valueOf(evalSteps),
                "features", String.valueOf(features),
                "format", format.name()));
    }
}
