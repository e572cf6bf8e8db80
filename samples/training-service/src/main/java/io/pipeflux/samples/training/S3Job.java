package io.pipeflux.samples.training;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.agent.PipeAgent;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.job.Fingerprint;
import io.pipeflux.s3.S3Channel;
import io.pipeflux.s3.S3Channels;
import io.pipeflux.s3.S3Checkpoints;
import io.pipeflux.s3.S3Uri;
import io.pipeflux.samples.training.input.ExampleInput;
import io.pipeflux.samples.training.input.Hyperparameters;
import io.pipeflux.samples.training.input.InputChannels;
import io.pipeflux.samples.training.input.InputMode;
import io.pipeflux.samples.training.modes.ChannelDownload;
import io.pipeflux.samples.training.modes.ModeComparison;
import io.pipeflux.samples.training.modes.ModeFigures;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Trains on objects in S3, without a separate agent process. The objects are streamed through pipes or downloaded as
 * files, or the job runs twice to compare the two ways.
 */
final class S3Job {

    private final Path directory;
    private final S3AsyncClient client;
    private final String trainUri;
    private final String evalUri;
    private final TrainingOptions options;
    private final Stop stop;
    private final PrintWriter out;
    private @Nullable ModelStore models;
    private @Nullable ColumnSums expected;

    /** @param directory the directory in which the pipes and files are created */
    S3Job(
            Path directory,
            S3AsyncClient client,
            String trainUri,
            String evalUri,
            TrainingOptions options,
            Stop stop,
            PrintWriter out) {
        this.directory = directory;
        this.client = client;
        this.trainUri = trainUri;
        this.evalUri = evalUri;
        this.options = options;
        this.stop = stop;
        this.out = out;
    }

    /** Sets the URI at which to store the model. By default, the model is not stored. */
    S3Job output(@Nullable String uri) {
        models = uri == null ? null : S3ModelStore.at(client, uri);
        return this;
    }

    /**
     * Sets the expected column sums of one epoch. The job fails if its own sums differ from these. By default, the sums
     * are not checked.
     */
    S3Job expected(ColumnSums sums) {
        expected = sums;
        return this;
    }

    /** Runs the job and returns the exit code. */
    int run(Transfer transfer) throws IOException {
        S3Channel train = S3Channels.prefix(client, trainUri);
        S3Channel eval = S3Channels.prefix(client, evalUri);
        // reads from the store early, so that a wrong bucket, prefix or format is reported before anything is started
        FrameFormat<RawRecord> format = options.format.of(train.objects(), out::println);
        first(train);
        first(eval);
        return switch (transfer) {
            case pipe -> inPipes(train, eval, format).code;
            case file -> inFiles(train, format).code;
            case both -> {
                Run file = inFiles(train, format);
                if (file.code == ExitCodes.STOPPED) {
                    yield file.code;
                }
                Run pipe = inPipes(train, eval, format);
                out.printf(Locale.ROOT, "%nFile mode and pipe mode on the same data%n%n");
                new ModeComparison(file.figures, pipe.figures).print(out);
                yield Math.max(file.code, pipe.code);
            }
        };
    }

    private record Run(int code, ModeFigures figures) {}

    private Run inPipes(S3Channel train, S3Channel eval, FrameFormat<RawRecord> format) throws IOException {
        long start = System.nanoTime();
        Path root = directory.resolve("ml");
        PipeAgent agent = PipeAgent.at(root).channel("train", train.objects()).channel("eval", eval.objects());
        try (JobCheckpoints checkpoints = checkpoints(InputMode.PIPE, train)) {
            TrainingJob job =
                    job(root, InputMode.PIPE, format).checkpoints(checkpoints).agent(agent);
            return run(job, start, 0);
        }
    }

    private @Nullable JobCheckpoints checkpoints(InputMode mode, S3Channel train) {
        String place = options.checkpointDirectory;
        if (place == null) {
            return null;
        }
        Fingerprint job = JobFingerprint.of(options)
                .with("channel train", trainUri)
                .with("input mode", mode.toString())
                .data("train", "", train.objects())
                .build();
        return S3Uri.isS3(place)
                ? JobCheckpoints.in(S3Checkpoints.at(client, place), job, options)
                : JobCheckpoints.in(Path.of(place), job, options);
    }

    private Run inFiles(S3Channel train, FrameFormat<RawRecord> format) throws IOException {
        long start = System.nanoTime();
        Path root = directory.resolve("ml-files");
        Path data = root.resolve("input/data");
        long bytes = ChannelDownload.of(client, trainUri, data.resolve("train"))
                .zipWith(ChannelDownload.of(client, evalUri, data.resolve("eval")), Long::sum)
                .blockOptional()
                .orElseThrow();
        out.printf(Locale.ROOT, "downloaded %,d bytes in %.2f s%n", bytes, (System.nanoTime() - start) / 1e9);
        try (JobCheckpoints checkpoints = checkpoints(InputMode.FILE, train)) {
            return run(job(root, InputMode.FILE, format).checkpoints(checkpoints), start, bytes);
        }
    }

    private TrainingJob job(Path root, InputMode mode, FrameFormat<RawRecord> format) {
        InputChannels channels = InputChannels.of(root, Map.of("train", mode, "eval", mode));
        ExampleInput input = ExampleInput.of(format);
        return new TrainingJob(channels, input, input, options, Hyperparameters.of(Map.of()), stop, out).models(models);
    }

    private Run run(TrainingJob job, long start, long diskBytes) throws IOException {
        Summary summary = job.run(expected);
        return new Run(
                summary.isStopped() ? ExitCodes.STOPPED : summary.isGood() ? 0 : ExitCodes.FAILED,
                new ModeFigures(
                        summary.firstBatchAt - start, summary.trainedAt - start, diskBytes, summary.trainingBytes));
    }

    private static ObjectBytes first(S3Channel channel) {
        return channel.objects().next().blockOptional().orElseThrow();
    }
}
