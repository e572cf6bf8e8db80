package io.pipeflux.samples.training;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.pipe.ResourceConfig;
import io.pipeflux.samples.training.container.Checkpoints;
import io.pipeflux.samples.training.container.MlRoot;
import io.pipeflux.samples.training.input.EntryPoints;
import io.pipeflux.samples.training.input.EvalInput;
import io.pipeflux.samples.training.input.ExampleInput;
import io.pipeflux.samples.training.input.Hyperparameters;
import io.pipeflux.samples.training.input.InputChannels;
import io.pipeflux.samples.training.input.InputMode;
import io.pipeflux.samples.training.input.RecordFormat;
import io.pipeflux.samples.training.input.TrainInput;
import java.io.IOException;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The program as a SageMaker training container: what to do stands in files, and so does what came of it. */
final class ContainerJob {

    private final MlRoot root;
    private final CommandLine commandLine;
    private final boolean debug;
    private final PrintWriter out;

    ContainerJob(MlRoot root, CommandLine commandLine, boolean debug) {
        this.root = root;
        this.commandLine = commandLine;
        this.debug = debug;
        this.out = commandLine.getOut();
    }

    /**
     * Runs the job.
     *
     * @return the exit code: 0, or 1 if it failed, with the reason in {@code output/failure}
     * @throws ParameterException for wrong options and hyperparameters, also with the reason left there
     */
    int run() {
        try {
            return train();
        } catch (ParameterException e) {
            root.fail("error: " + e.getMessage(), null);
            throw e;
        } catch (Throwable e) { // also a lack of memory
            String reason = "error: " + TrainingService.message(e);
            root.fail(reason, e);
            commandLine.getErr().println(reason);
            if (debug) {
                e.printStackTrace(commandLine.getErr());
            }
            return TrainingService.FAILED;
        }
    }

    private int train() throws IOException, InterruptedException {
        InputChannels channels = root.channels(); // first: an agent writes this file last
        Hyperparameters parameters = root.hyperparameters();
        ResourceConfig hosts = root.hosts();
        TrainingOptions options = TrainingOptions.of(commandLine.getParseResult(), parameters);
        String host = hosts == null ? "one host" : "host " + hosts.currentHost() + " of " + hosts.hosts();
        out.printf("channels %s; %s%n", channels, host);
        if (hosts != null && hosts.hosts().size() > 1) {
            out.println("every host trains a model of its own on its own data: nothing is exchanged between them");
        }
        if (!job(channels, options, parameters).run(null).isGood()) {
            root.fail("error: the model that was written reads back different", null);
            return TrainingService.FAILED;
        }
        return 0;
    }

    private TrainingJob job(InputChannels channels, TrainingOptions options, Hyperparameters parameters) {
        TrainInput train = options.trainInput == null
                ? ExampleInput.of(format("train", channels, options.format))
                : EntryPoints.load(TrainInput.class, options.trainInput);
        return new TrainingJob(channels, train, evalInput(channels, options), options, parameters, out)
                .checkpoints(Checkpoints.in(root.checkpoints()))
                .models(DirectoryModelStore.in(root.model()));
    }

    private @Nullable EvalInput evalInput(InputChannels channels, TrainingOptions options) {
        if (options.evalInput != null) {
            return EntryPoints.load(EvalInput.class, options.evalInput);
        }
        return channels.names().contains("eval") ? ExampleInput.of(format("eval", channels, options.format)) : null;
    }

    /** Files can be looked into; a pipe is read once. */
    private FrameFormat<RawRecord> format(String channel, InputChannels channels, RecordFormat format) {
        return channels.mode(channel) == InputMode.PIPE
                ? format.ofPipe()
                : format.of(channels.objects(channel).next().blockOptional().orElseThrow(), out::println);
    }
}
