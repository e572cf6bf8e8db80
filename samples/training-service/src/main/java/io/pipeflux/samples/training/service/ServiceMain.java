package io.pipeflux.samples.training.service;

import io.pipeflux.samples.training.DemoData;
import io.pipeflux.samples.training.DemoStore;
import io.pipeflux.samples.training.ErrorLine;
import io.pipeflux.samples.training.S3Clients;
import io.pipeflux.samples.training.StoreUrl;
import io.pipeflux.samples.training.TemporaryDirectory;
import io.pipeflux.samples.training.input.RecordFormat;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;
import reactor.core.publisher.Hooks;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** The main class. It runs the service until the process is stopped. */
@Command(
        name = "training-server",
        description = "A service that trains: jobs over HTTP, and a page to watch them.",
        sortOptions = false)
public final class ServiceMain implements Callable<Integer> {

    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
    private static final int DEMO_FEATURES = 1024;
    private static final int INPUT_ERROR = 2;

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            description = "where the jobs are kept; without it, in a temporary directory that is removed at the end")
    private @Nullable Path directory;

    @Option(names = "--port", defaultValue = "8080", description = "${DEFAULT-VALUE} by default; 0 for any free one")
    private int port;

    @Option(
            names = "--host",
            description = "the address to listen at; without it only this machine reaches the service, which asks"
                    + " nobody who he is")
    private @Nullable String host;

    @Option(
            names = "--endpoint",
            paramLabel = "URL",
            converter = StoreUrl.class,
            description = "an S3-compatible store's address")
    private @Nullable URI endpoint;

    @Option(names = "--region", description = "the bucket's region; by default as the AWS SDK finds it")
    private @Nullable String region;

    @Option(names = "--demo", description = "start an S3 server of this process's own with generated data")
    private boolean demo;

    @Mixin
    private final DemoData.Options demoData = new DemoData.Options();

    @Option(names = "--running", defaultValue = "4", description = "jobs at once, ${DEFAULT-VALUE} by default")
    private int running;

    @Option(names = "--kept", defaultValue = "200", description = "jobs that are kept, ${DEFAULT-VALUE} by default")
    private int kept;

    @Option(
            names = "--checkpoint-every",
            paramLabel = "DURATION",
            defaultValue = "PT2S",
            description = "how often a running job saves a checkpoint, ${DEFAULT-VALUE} by default")
    private Duration checkpointEvery = ServiceSettings.DEFAULTS.checkpointEvery();

    @Option(
            names = "--streams",
            defaultValue = "200",
            description = "streams of events at once, ${DEFAULT-VALUE} by default")
    private int streams;

    @Option(names = "--help", usageHelp = true, description = "show this")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private boolean help;

    private final PrintWriter out;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile boolean serving;

    private ServiceMain(PrintWriter out) {
        this.out = out;
    }

    /** Runs the program and ends the process. */
    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(System.out, true, Charset.defaultCharset());
        PrintWriter err = new PrintWriter(System.err, true, Charset.defaultCharset());
        // ignores errors that occur after a job has already failed
        Hooks.onErrorDropped(later -> {});
        System.exit(run(out, err, args));
    }

    static int run(PrintWriter out, PrintWriter err, String... args) {
        return new CommandLine(new ServiceMain(out))
                .setOut(out)
                .setErr(err)
                .registerConverter(Duration.class, ServiceMain::duration)
                .setParameterExceptionHandler((e, arguments) -> {
                    err.println("error: " + ErrorLine.of(e) + " (--help lists the options)");
                    return INPUT_ERROR;
                })
                .setExecutionExceptionHandler((e, command, result) -> {
                    err.println("error: " + ErrorLine.of(e));
                    return INPUT_ERROR;
                })
                .execute(args);
    }

    private static Duration duration(String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException e) {
            throw new TypeConversionException("expected a duration such as PT2S, but got '" + text + "'");
        }
    }

    @Override
    public Integer call() throws Exception {
        if (running < 1 || kept < running || streams < 0) {
            throw new IllegalArgumentException(
                    "expected --running >= 1, --kept >= --running and --streams >= 0, but got " + running + ", " + kept
                            + " and " + streams);
        }
        if (checkpointEvery.isNegative() || checkpointEvery.isZero()) {
            throw new IllegalArgumentException(
                    "expected --checkpoint-every above 0, such as PT2S, but got " + checkpointEvery);
        }
        if (directory != null && !demo) {
            return overStore(directory);
        }
        try (TemporaryDirectory temporary = TemporaryDirectory.create("pipeflux-service-", this::awaitStopped)) {
            Path jobs = directory == null ? temporary.path().resolve("jobs") : directory;
            return demo ? demo(temporary.path().resolve("s3"), jobs) : overStore(jobs);
        }
    }

    private int overStore(Path jobs) throws Exception {
        try (S3AsyncClient client = S3Clients.create(endpoint, region)) {
            return serve(client, jobs, Map.of("channels", Map.of(), "schema", schema()));
        }
    }

    private int demo(Path objects, Path jobs) throws Exception {
        try (DemoStore store = DemoStore.start(objects)) {
            store.upload(DemoData.train(demoData, DEMO_FEATURES), out);
            store.upload(DemoData.eval(demoData, DEMO_FEATURES), out);
            Map<String, String> channels = new LinkedHashMap<>();
            channels.put(JobRequest.TRAIN, store.uri("train/"));
            channels.put(JobRequest.EVAL, store.uri("eval/"));
            Map<String, Object> defaults = new LinkedHashMap<>();
            defaults.put("channels", channels);
            defaults.put("format", RecordFormat.tfrecord.name());
            defaults.put("schema", schema());
            return serve(store.client(), jobs, defaults);
        }
    }

    private static List<ColumnSpec> schema() {
        return List.of(
                new ColumnSpec("data", ColumnSpec.Kind.raw, "float64", List.of(DEMO_FEATURES)),
                new ColumnSpec("labels", ColumnSpec.Kind.int64, null, List.of()));
    }

    private int serve(S3AsyncClient client, Path jobsDirectory, Map<String, Object> defaults) throws Exception {
        ServiceMetrics metrics = new ServiceMetrics();
        ServiceSettings settings = new ServiceSettings(running, kept, checkpointEvery);
        InetAddress address = address();
        TrainingJobs jobs;
        try {
            jobs = TrainingJobs.open(jobsDirectory, client, Trainers.standard(), settings, metrics)
                    .blockOptional()
                    .orElseThrow();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--directory: " + e.getMessage(), e);
        }
        TrainingServer server;
        try {
            server = TrainingServer.start(jobs, new InetSocketAddress(address, port), defaults, streams, metrics);
        } catch (RuntimeException e) {
            jobs.close().block(STOP_LIMIT);
            throw new IllegalArgumentException("--port: could not listen at " + address.getHostAddress() + ", port "
                    + port + ": " + TrainingServer.reason(e));
        }
        serving = true;
        Thread stop = new Thread(
                () -> {
                    try {
                        server.close().then(jobs.close()).block(STOP_LIMIT);
                    } finally {
                        stopped.countDown();
                    }
                },
                "stop");
        Runtime.getRuntime().addShutdownHook(stop);
        String name = host == null ? "localhost" : address.getHostAddress();
        out.println(
                "training service at http://" + name + ":" + server.address().getPort() + "/");
        stopped.await();
        return 0;
    }

    private InetAddress address() {
        try {
            return host == null ? InetAddress.getLoopbackAddress() : InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(
                    "--host: expected an address or a name of this machine, but got " + host, e);
        }
    }

    private void awaitStopped() {
        try {
            if (serving) {
                stopped.await(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
