package io.pipeflux.samples.training;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.pipe.PipeOptions;
import io.pipeflux.s3.PipeAgent;
import io.pipeflux.s3.S3Channel;
import io.pipeflux.s3.S3Channels;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** The program: where the data comes from is chosen here, what is done with it in {@link TrainingJob}. */
@Command(
        name = "training-service",
        description = "Trains a linear classifier on TFRecords that are read from named pipes.",
        sortOptions = false)
public final class TrainingService implements Callable<Integer> {

    private static final int INPUT_ERROR = 2;

    /** Where the records come from: exactly one of these. */
    static final class Source {
        @Option(names = "--demo", description = "generate a data set in an S3 server of this process's own")
        boolean demo;

        @Option(names = "--train", paramLabel = "s3://BUCKET/PREFIX", description = "the training records")
        @Nullable
        String train;

        @Option(
                names = "--ml-root",
                paramLabel = "DIR",
                description = "read the channels train and eval from pipes that another agent fills, such as /opt/ml")
        @Nullable
        Path mlRoot;
    }

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    @ArgGroup(multiplicity = "1")
    @SuppressWarnings("NullAway.Init") // by picocli
    private Source source;

    @Option(names = "--eval", paramLabel = "s3://BUCKET/PREFIX", description = "the evaluation records, with --train")
    private @Nullable String eval;

    @Option(
            names = "--output",
            paramLabel = "s3://BUCKET/PREFIX",
            description = "where the model is written, as model.json; without it, it is not kept")
    private @Nullable String output;

    @Option(names = "--endpoint", paramLabel = "URL", description = "an S3-compatible store's address")
    private @Nullable URI endpoint;

    @Option(names = "--region", description = "the bucket's region; by default as the AWS SDK finds it")
    private @Nullable String region;

    @Mixin
    private final TrainingOptions training = new TrainingOptions();

    @Mixin
    private final DemoData.Options demoData = new DemoData.Options();

    @Option(names = "--help", usageHelp = true, description = "show this")
    @SuppressWarnings("UnusedVariable") // picocli reads it
    private boolean help;

    @Option(names = "--debug", description = "show stack traces")
    private boolean debug;

    /** Runs the program and ends the process with its exit code: 0, 1 for a failed check, 2 for wrong input. */
    public static void main(String[] args) {
        Charset terminal = Charset.defaultCharset();
        System.exit(
                run(new PrintWriter(System.out, true, terminal), new PrintWriter(System.err, true, terminal), args));
    }

    static int run(PrintWriter out, PrintWriter err, String... args) {
        TrainingService service = new TrainingService();
        return new CommandLine(service)
                .setOut(out)
                .setErr(err)
                .setParameterExceptionHandler((e, arguments) -> {
                    err.println("error: " + e.getMessage() + " (--help lists the options)");
                    return INPUT_ERROR;
                })
                .setExecutionExceptionHandler((e, command, result) -> {
                    err.println("error: " + message(e));
                    if (service.debug) {
                        e.printStackTrace(err);
                    }
                    return INPUT_ERROR;
                })
                .execute(args);
    }

    private static String message(Exception e) {
        boolean explainsItself = e instanceof PipefluxException || e instanceof IllegalArgumentException;
        String message = explainsItself ? String.valueOf(e.getMessage()) : e.toString();
        return message.replaceAll("\\s*\\R\\s*", " ");
    }

    @Override
    public Integer call() throws Exception {
        training.check(spec);
        PrintWriter out = spec.commandLine().getOut();
        try (TemporaryDirectory temporary = TemporaryDirectory.create("pipeflux-")) {
            if (source.demo) {
                return demo(temporary.path(), out);
            }
            if (source.mlRoot != null) {
                return job(PipeOptions.mlRoot(source.mlRoot), training.format.ofPipe(), out)
                        .run(null, null);
            }
            return fromS3(temporary.path(), out);
        }
    }

    private TrainingJob job(PipeOptions pipes, FrameFormat<RawRecord> format, PrintWriter out) {
        return new TrainingJob(pipes, format, training, out);
    }

    private int demo(Path directory, PrintWriter out) throws Exception {
        try (DemoStore store = DemoStore.start(directory.resolve("s3"))) {
            out.printf("S3 server at %s, data in s3://%s%n", store.endpoint(), DemoStore.BUCKET);
            ColumnSums sums = store.upload(DemoData.train(demoData, training.features), out);
            store.upload(DemoData.eval(demoData, training.features), out);
            return train(
                    directory.resolve("ml"),
                    store.client(),
                    store.uri("train/"),
                    store.uri("eval/"),
                    store.uri("output/"),
                    sums,
                    out);
        }
    }

    private int fromS3(Path directory, PrintWriter out) throws Exception {
        if (source.train == null || eval == null) {
            throw new ParameterException(spec.commandLine(), "--train and --eval are required together");
        }
        try (S3AsyncClient client = S3Clients.create(endpoint, region)) {
            return train(directory.resolve("ml"), client, source.train, eval, output, null, out);
        }
    }

    private int train(
            Path mlRoot,
            S3AsyncClient client,
            String trainUri,
            String evalUri,
            @Nullable String outputUri,
            @Nullable ColumnSums expected,
            PrintWriter out)
            throws Exception {
        S3Channel train = S3Channels.prefix(client, trainUri);
        S3Channel eval = S3Channels.prefix(client, evalUri);
        // a wrong bucket, prefix or format is told before anything is started
        FrameFormat<RawRecord> format = training.format.of(first(train), out);
        first(eval);
        ModelStore models = outputUri == null ? null : ModelStore.at(client, outputUri);
        PipeAgent agent = PipeAgent.at(mlRoot).channel("train", train.objects()).channel("eval", eval.objects());
        return job(PipeOptions.mlRoot(mlRoot), format, out).agent(agent).run(models, expected);
    }

    private static ObjectBytes first(S3Channel channel) {
        return channel.objects().next().blockOptional().orElseThrow();
    }
}
