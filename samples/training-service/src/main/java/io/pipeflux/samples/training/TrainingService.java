package io.pipeflux.samples.training;

import io.pipeflux.samples.training.container.MlRoot;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import reactor.core.publisher.Hooks;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * The main class. It reads the command line, and starts the job for the chosen data source: {@link ContainerJob} or
 * {@link S3Job}. Both jobs run a {@link TrainingJob}, and do not depend on this class.
 */
@Command(
        name = "training-service",
        description = {
            "Trains a linear classifier on TFRecords that are read from named pipes.",
            "Without --demo and --train it is a training container of SageMaker's: it reads what /opt/ml describes."
        },
        sortOptions = false)
public final class TrainingService implements Callable<Integer> {

    private static final Path CONTAINER = Path.of("/opt/ml");

    /** The options that choose the source of the records. At most one of them may be set. */
    static final class Source {
        @Option(names = "--demo", description = "generate a data set in an S3 server of this process's own")
        boolean demo;

        @Option(names = "--train", paramLabel = "s3://BUCKET/PREFIX", description = "the training records")
        @Nullable
        String train;

        @Option(
                names = "--ml-root",
                paramLabel = "DIR",
                description = "run as a container whose configuration and data are there, /opt/ml by default")
        @Nullable
        Path mlRoot;
    }

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @ArgGroup(multiplicity = "0..1")
    private Source source = new Source();

    @Parameters(
            arity = "0..1",
            paramLabel = "train",
            description = "accepted and ignored: SageMaker starts containers with the argument train")
    private @Nullable String task;

    @Option(names = "--eval", paramLabel = "s3://BUCKET/PREFIX", description = "the evaluation records, with --train")
    private @Nullable String eval;

    @Option(
            names = "--output",
            paramLabel = "s3://BUCKET/PREFIX",
            description = "where the model is written, as model.json; without it, it is not kept")
    private @Nullable String output;

    @Option(
            names = "--endpoint",
            paramLabel = "URL",
            converter = StoreUrl.class,
            description = "an S3-compatible store's address")
    private @Nullable URI endpoint;

    @Option(names = "--region", description = "the bucket's region; by default as the AWS SDK finds it")
    private @Nullable String region;

    @Option(
            names = "--input-mode",
            defaultValue = "pipe",
            description =
                    "with --demo and --train: ${COMPLETION-CANDIDATES}; file downloads the data before the training"
                            + " begins, both does one after the other and compares, ${DEFAULT-VALUE} by default")
    private Transfer inputMode = Transfer.pipe;

    @Mixin
    private final TrainingOptions training = new TrainingOptions();

    @Mixin
    private final DemoData.Options demoData = new DemoData.Options();

    @Option(names = "--help", usageHelp = true, description = "show this")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private boolean help;

    @Option(names = "--debug", description = "show stack traces")
    private boolean debug;

    /**
     * Runs the program and ends the process with its exit code. The code is 0 on success; 1 for a failed check or, in a
     * container, a failed training; 2 for wrong usage or input; and 143 if SIGTERM has stopped the program.
     */
    @SuppressWarnings("CatchAndPrintStackTrace")
    public static void main(String[] args) {
        Charset terminal = Charset.defaultCharset();
        PrintWriter err = new PrintWriter(System.err, true, terminal);
        int code = ExitCodes.FAILED;
        try {
            code = run(new PrintWriter(System.out, true, terminal), err, args);
        } catch (Throwable e) { // even after an Error, exit() must be called, or other threads could keep the JVM alive
            e.printStackTrace(err);
        }
        System.exit(code);
    }

    static int run(PrintWriter out, PrintWriter err, String... args) {
        TrainingService service = new TrainingService();
        return new CommandLine(service)
                .setOut(out)
                .setErr(err)
                .setParameterExceptionHandler((e, arguments) -> {
                    err.println("error: " + ErrorLine.of(e) + " (--help lists the options)");
                    return ExitCodes.INPUT_ERROR;
                })
                .setExecutionExceptionHandler((e, command, result) -> {
                    service.report(err, "error: " + ErrorLine.of(e), e);
                    return ExitCodes.INPUT_ERROR;
                })
                .execute(args);
    }

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        if (!debug) {
            // ignores errors that occur after the error that ended the job, for example in another batch. By default,
            // Reactor logs them
            Hooks.onErrorDropped(later -> {});
        }
        if (task != null && !task.equals("train")) {
            throw new ParameterException(
                    spec.commandLine(), "expected nothing or 'train' as the task, but got '" + task + "'");
        }
        if (!source.demo && source.train == null) {
            return container();
        }
        training.check(spec);
        if (inputMode == Transfer.both && training.checkpointDirectory != null) {
            throw new ParameterException(
                    spec.commandLine(), "expected --input-mode pipe or file with --checkpoint-directory, but got both");
        }
        try (Stop stop = Stop.onSignal(out)) {
            return inTemporaryDirectory(stop, out);
        }
    }

    /**
     * Runs the job. If the job fails, the reason must be reported before the {@link Stop} is closed, because closing it
     * ends the process if SIGTERM has arrived.
     */
    @SuppressWarnings("CatchAndPrintStackTrace")
    private int inTemporaryDirectory(Stop stop, PrintWriter out) {
        PrintWriter err = spec.commandLine().getErr();
        try (TemporaryDirectory temporary = TemporaryDirectory.create("pipeflux-", stop::awaitEnd)) {
            return source.demo ? demo(temporary.path(), stop, out) : fromS3(temporary.path(), stop, out);
        } catch (ParameterException e) {
            throw e; // thrown before the training began
        } catch (Exception e) {
            report(err, (stop.isRequested() ? "error while being stopped: " : "error: ") + ErrorLine.of(e), e);
            return ExitCodes.INPUT_ERROR;
        } catch (Throwable e) { // an Error, such as OutOfMemoryError
            e.printStackTrace(err);
            return ExitCodes.FAILED;
        }
    }

    private void report(PrintWriter err, String reason, Exception e) {
        err.println(reason);
        if (debug) {
            e.printStackTrace(err);
        }
    }

    private int container() throws Exception {
        MlRoot root = MlRoot.at(source.mlRoot == null ? CONTAINER : source.mlRoot);
        if (source.mlRoot == null && !root.isConfigured()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "expected one of --demo, --train or --ml-root, because there is no " + CONTAINER);
        }
        return new ContainerJob(root, spec.commandLine(), debug, () -> S3Clients.create(endpoint, region)).run();
    }

    private int demo(Path directory, Stop stop, PrintWriter out) throws Exception {
        try (DemoStore store = DemoStore.start(directory.resolve("s3"))) {
            out.printf(Locale.ROOT, "S3 server at %s, data in s3://%s%n", store.endpoint(), DemoStore.BUCKET);
            ColumnSums sums = store.upload(DemoData.train(demoData, training.features), out);
            store.upload(DemoData.eval(demoData, training.features), out);
            return new S3Job(directory, store.client(), store.uri("train/"), store.uri("eval/"), training, stop, out)
                    .output(store.uri("output/"))
                    .expected(sums)
                    .run(inputMode);
        }
    }

    private int fromS3(Path directory, Stop stop, PrintWriter out) throws Exception {
        if (source.train == null || eval == null) {
            throw new ParameterException(spec.commandLine(), "--train and --eval are required together");
        }
        try (S3AsyncClient client = S3Clients.create(endpoint, region)) {
            return new S3Job(directory, client, source.train, eval, training, stop, out)
                    .output(output)
                    .run(inputMode);
        }
    }
}
