package io.pipeflux.samples.training;

import io.pipeflux.samples.training.input.Hyperparameters;
import io.pipeflux.samples.training.input.RecordFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The options of a training run. The default values suit the demo. In a container, each option can also be set by a
 * hyperparameter.
 */
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
            description = "keep the model so far every so many steps, ${DEFAULT-VALUE} by default")
    int checkpointSteps;

    @Option(
            names = "--checkpoint-directory",
            paramLabel = "DIR|s3://BUCKET/PREFIX",
            description =
                    "where the model so far is kept, and where the training goes on from if there is one of the same"
                            + " job; by default checkpoints/ in a container, and nowhere with --train")
    @Nullable
    String checkpointDirectory;

    @Option(
            names = "--allow-checkpoint-mismatch",
            description = "go on from a checkpoint although it does not show that it belongs to this job")
    boolean allowCheckpointMismatch;

    @Option(
            names = "--stop-within",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "after SIGTERM: how long the step in progress and the last checkpoint may take,"
                    + " ${DEFAULT-VALUE} s by default")
    int stopWithin;

    @Option(
            names = "--features",
            defaultValue = "1024",
            description = "float64 values in a record's feature \"data\", ${DEFAULT-VALUE} by default")
    int features;

    @Option(
            names = "--format",
            defaultValue = "auto",
            description = "how records are framed: ${COMPLETION-CANDIDATES}; auto looks at the first object with"
                    + " content, and takes TFRecord in pipes that another agent fills")
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

    /**
     * Returns the options. The command line takes precedence over the hyperparameters, and the hyperparameters take
     * precedence over the defaults.
     */
    static TrainingOptions of(ParseResult given, Hyperparameters parameters) {
        TrainingOptions options = new TrainingOptions();
        CommandLine own = new CommandLine(options);
        List<String> args = new ArrayList<>();
        for (OptionSpec option : own.getCommandSpec().options()) {
            String value = given.hasMatchedOption(option.longestName())
                    ? String.valueOf(given.<Object>matchedOptionValue(option.longestName(), null))
                    : find(option, parameters, given.commandSpec());
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

    private static @Nullable String find(OptionSpec option, Hyperparameters parameters, CommandSpec spec) {
        String found = null;
        for (String name : option.names()) {
            String value = parameters.find(name.substring("--".length()));
            if (value != null && found != null && !value.equals(found)) {
                throw new ParameterException(
                        spec.commandLine(),
                        "hyperparameters: expected one value for " + String.join(" and ", option.names())
                                + ", but got '" + found + "' and '" + value + "'");
            }
            found = value == null ? found : value;
        }
        return found;
    }

    /** Returns the hyperparameters that are not options of the program. They are intended for the inputs. */
    static Map<String, String> notOptions(Hyperparameters parameters) {
        Map<String, String> others = new TreeMap<>(parameters.all());
        for (OptionSpec option :
                new CommandLine(new TrainingOptions()).getCommandSpec().options()) {
            for (String name : option.names()) {
                others.remove(name.substring("--".length()));
            }
        }
        return others;
    }

    void check(CommandSpec spec) {
        atLeastOne(spec, "--batch", batch);
        atLeastOne(spec, "--epochs", epochs);
        atLeastOne(spec, "--steps", steps);
        atLeastOne(spec, "--eval-steps", evalSteps);
        atLeastOne(spec, "--checkpoint-steps", checkpointSteps);
        atLeastOne(spec, "--features", features);
        atLeastOne(spec, "--stop-within", stopWithin);
    }

    private static void atLeastOne(CommandSpec spec, String option, int value) {
        if (value < 1) {
            throw new ParameterException(spec.commandLine(), "expected " + option + " of at least 1, but got " + value);
        }
    }

    /** Returns the hyperparameters for the inputs: the values of the options, and the other hyperparameters. */
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
