package io.pipeflux.samples.training;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.job.Fingerprint;
import io.pipeflux.core.job.ResourceConfig;
import io.pipeflux.s3.S3Checkpoints;
import io.pipeflux.s3.S3Uri;
import io.pipeflux.samples.training.container.MlRoot;
import io.pipeflux.samples.training.input.EntryPoints;
import io.pipeflux.samples.training.input.EvalInput;
import io.pipeflux.samples.training.input.ExampleInput;
import io.pipeflux.samples.training.input.Hyperparameters;
import io.pipeflux.samples.training.input.InputChannels;
import io.pipeflux.samples.training.input.InputMode;
import io.pipeflux.samples.training.input.Printable;
import io.pipeflux.samples.training.input.RecordFormat;
import io.pipeflux.samples.training.input.TrainInput;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Trains like a SageMaker training container: reads the job's description from files, and writes the result to files.
 */
final class ContainerJob {

    /**
     * The usual names of the training channel. The job reads the first of these channels that exists. SageMaker's
     * {@code fit(uri)} names the channel "training".
     */
    private static final List<String> TRAIN_CHANNELS = List.of("train", "training");

    private static final List<String> EVAL_CHANNELS = List.of("eval", "evaluation", "validation", "test");

    private final MlRoot root;
    private final CommandLine commandLine;
    private final boolean debug;
    private final Supplier<S3AsyncClient> client;
    private final PrintWriter out;

    /** @param client creates an S3 client. Called only if checkpoints are kept in S3 */
    ContainerJob(MlRoot root, CommandLine commandLine, boolean debug, Supplier<S3AsyncClient> client) {
        this.root = root;
        this.commandLine = commandLine;
        this.debug = debug;
        this.client = client;
        this.out = commandLine.getOut();
    }

    /**
     * Runs the job.
     *
     * @return the exit code: 0 on success, 143 if the job was stopped, or 1 if the job failed. The reason for a failure
     *     is written to {@code output/failure}
     * @throws ParameterException for wrong options or hyperparameters. The reason is also written to {@code
     *     output/failure}
     */
    int run() {
        try (Stop stop = Stop.onSignal(out)) {
            return run(stop);
        }
    }

    /**
     * Runs the job. If the job fails, the reason must be reported before the {@link Stop} is closed, because closing it
     * ends the process if SIGTERM has arrived.
     */
    private int run(Stop stop) {
        try {
            forgetEarlierFailure();
            return train(stop);
        } catch (ParameterException e) {
            fail("error: " + e.getMessage(), null);
            throw e;
        } catch (Throwable e) { // an exception, or an Error such as OutOfMemoryError
            String reason = (stop.isRequested() ? "error while being stopped: " : "error: ") + ErrorLine.of(e);
            commandLine.getErr().println(reason);
            if (debug) {
                e.printStackTrace(commandLine.getErr());
            }
            fail(reason, e);
            return ExitCodes.FAILED;
        }
    }

    private void forgetEarlierFailure() {
        try {
            root.begin();
        } catch (IOException e) {
            commandLine.getErr().println("warning: the reason of an earlier failure could not be removed: " + e);
        }
    }

    private void fail(String reason, @Nullable Throwable cause) {
        try {
            root.fail(reason, cause);
        } catch (UncheckedIOException e) {
            // the file could not be written, perhaps because the disk is full. The job's own error is printed
            // separately
            commandLine.getErr().println("error: " + e.getMessage());
        }
    }

    private int train(Stop stop) throws IOException, InterruptedException {
        // an agent writes the channels' configuration last, so the agent's other files exist once the channels have
        // been read
        InputChannels channels = root.channels();
        Hyperparameters parameters = root.hyperparameters(line -> out.println(Printable.line(line)));
        ResourceConfig hosts = root.hosts();
        TrainingOptions options = TrainingOptions.of(commandLine.getParseResult(), parameters);
        out.println(Printable.line("channels " + channels + "; " + describe(hosts)));
        if (hosts != null && hosts.hosts().size() > 1) {
            out.println("every host trains a model of its own on its own data: nothing is exchanged between them");
        }
        Set<String> others = TrainingOptions.notOptions(parameters).keySet();
        if (!others.isEmpty()) {
            out.println(Printable.line(
                    "hyperparameters that are not options, for the inputs only: " + new TreeSet<>(others)));
        }
        TrainingJob training = job(channels, options, parameters, stop);
        String place = place(options, hosts);
        try (S3AsyncClient s3 = S3Uri.isS3(place) ? client.get() : null) {
            Fingerprint job = fingerprint(channels, options, parameters, hosts);
            Summary summary;
            try (JobCheckpoints checkpoints = s3 != null
                    ? JobCheckpoints.in(S3Checkpoints.at(s3, place), job, options)
                    : JobCheckpoints.in(Path.of(place), job, options)) {
                summary = training.checkpoints(checkpoints).run(null);
            }
            if (summary.isStopped()) {
                return ExitCodes.STOPPED;
            }
            if (!summary.isGood()) {
                throw new JobException("the model that was written reads back different");
            }
            return 0;
        }
    }

    /** Returns the checkpoint directory. If there are several hosts, each host has its own subdirectory. */
    private String place(TrainingOptions options, @Nullable ResourceConfig hosts) {
        String place =
                options.checkpointDirectory == null ? root.checkpoints().toString() : options.checkpointDirectory;
        return hosts == null || hosts.hosts().size() <= 1
                ? place
                : place + (place.endsWith("/") ? "" : "/") + hosts.currentHost();
    }

    private Fingerprint fingerprint(
            InputChannels channels, TrainingOptions options, Hyperparameters parameters, @Nullable ResourceConfig hosts)
            throws IOException {
        JobFingerprint job = JobFingerprint.of(options).hyperparameters(parameters);
        root.channelSettings().forEach((channel, settings) -> {
            job.with("channel " + channel, settings);
            if (channels.mode(channel) != InputMode.PIPE) {
                job.data(channel, channels.folder(channel), channels.listing(channel));
            }
        });
        return hosts == null || hosts.hosts().size() <= 1
                ? job.build()
                : job.with("host", hosts.currentHost() + " of " + hosts.hosts()).build();
    }

    /** Describes the known facts about the hosts. The resource configuration and each of its fields are optional. */
    private static String describe(@Nullable ResourceConfig hosts) {
        if (hosts == null) {
            return "one host";
        }
        if (hosts.hosts().isEmpty()) {
            return "hosts not known";
        }
        String group = hosts.currentGroup() == null ? "" : ", instance group " + hosts.currentGroup();
        return "host " + hosts.currentHost() + " of " + hosts.hosts() + group;
    }

    private TrainingJob job(InputChannels channels, TrainingOptions options, Hyperparameters parameters, Stop stop) {
        String trainChannel = first(channels, TRAIN_CHANNELS);
        String evalChannel = first(channels, EVAL_CHANNELS);
        TrainInput train = options.trainInput == null
                ? exampleInput(trainChannel == null ? TRAIN_CHANNELS.get(0) : trainChannel, channels, options)
                : EntryPoints.load(TrainInput.class, options.trainInput);
        EvalInput eval = options.evalInput != null
                ? EntryPoints.load(EvalInput.class, options.evalInput)
                : evalChannel == null ? null : exampleInput(evalChannel, channels, options);
        if (options.trainInput == null && options.evalInput == null) {
            Set<String> unread = new TreeSet<>(channels.names());
            unread.removeIf(name -> name.equals(trainChannel) || name.equals(evalChannel));
            if (!unread.isEmpty()) {
                out.println(Printable.line("channels that are not read: " + unread));
            }
        }
        return new TrainingJob(channels, train, eval, options, parameters, stop, out)
                .mayBeEmpty(
                        isShare(channels, options.trainInput == null ? trainChannel : null),
                        isShare(channels, options.evalInput == null ? evalChannel : null))
                .models(DirectoryModelStore.in(root.model()));
    }

    private static @Nullable String first(InputChannels channels, List<String> names) {
        return names.stream().filter(channels.names()::contains).findFirst().orElse(null);
    }

    /**
     * Returns whether a channel may be empty. {@code channel} is null if it is not known which channel an input reads.
     * In this case, returns whether at least one channel may be empty.
     */
    private static boolean isShare(InputChannels channels, @Nullable String channel) {
        return channel == null ? channels.names().stream().anyMatch(channels::isShare) : channels.isShare(channel);
    }

    private ExampleInput exampleInput(String channel, InputChannels channels, TrainingOptions options) {
        ExampleInput input = ExampleInput.of(format(channel, channels, options.format), channel);
        return options.format == RecordFormat.auto ? input.withoutHiddenFiles() : input;
    }

    /**
     * Returns the format of a channel. If {@code format} is {@code auto}, the format of files is detected, but the
     * format of a pipe is taken from the channel's settings, because a pipe can be read only once.
     */
    private FrameFormat<RawRecord> format(String channel, InputChannels channels, RecordFormat format) {
        if (channels.mode(channel) == InputMode.PIPE) {
            return (format == RecordFormat.auto ? root.declaredFormat(channel) : format).ofPipe();
        }
        Flux<ObjectBytes> files =
                format == RecordFormat.auto ? channels.dataObjects(channel) : channels.objects(channel);
        if (files.next().block() != null) {
            return format.of(files, out::println);
        }
        if (!channels.isShare(channel)) {
            throw new JobException("channel \"" + channel + "\" has no files"
                    + (channels.objects(channel).next().block() == null
                            ? ""
                            : " but hidden ones, whose names begin with _ or .: to read them, name their format by"
                                    + " --format"));
        }
        return format.ofPipe(); // there are no records, so any format will do
    }
}
