package io.pipeflux.samples.training.study;

import static java.util.Comparator.comparingDouble;
import static java.util.Comparator.comparingLong;
import static java.util.stream.Collectors.joining;

import io.pipeflux.samples.training.DemoStore;
import io.pipeflux.samples.training.TemporaryDirectory;
import io.pipeflux.samples.training.modes.ModeComparison;
import io.pipeflux.samples.training.modes.ModeFigures;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * The main class. It generates data, starts a {@link Link}, and runs the analysis alternately in file mode and in pipe
 * mode. Then, it prints the median results and draws them as a chart.
 */
@Command(
        name = "input-mode-study",
        description = "Principal components of trip records in S3, by file mode and by pipe mode over the same link.",
        sortOptions = false)
public final class InputModeStudy implements Callable<Integer> {

    private static final int OBJECTS = 8;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(names = "--size", defaultValue = "256", description = "MiB of CSV, ${DEFAULT-VALUE} by default")
    private int mebibytes;

    @Option(names = "--rate", defaultValue = "100", description = "the link's MB/s, ${DEFAULT-VALUE} by default")
    private int megabytesPerSecond;

    @Option(
            names = "--latency",
            defaultValue = "20",
            description = "the link's milliseconds until an answer begins, ${DEFAULT-VALUE} by default")
    private int latencyMillis;

    @Option(
            names = "--rounds",
            defaultValue = "5",
            description = "runs of each mode, of which the medians are reported, ${DEFAULT-VALUE} by default")
    private int rounds;

    @Option(
            names = "--warm-up",
            defaultValue = "1",
            description = "rounds before those, which compile the code, ${DEFAULT-VALUE} by default")
    private int warmUp;

    @Option(names = "--chart", paramLabel = "FILE", description = "where to draw the medians, as SVG")
    private @Nullable Path chart;

    @Option(names = "--help", usageHelp = true, description = "show this")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private boolean help;

    /** Runs the program and ends the process. */
    public static void main(String[] args) {
        System.exit(run(new PrintWriter(System.out, true, Charset.defaultCharset()), args));
    }

    static int run(PrintWriter out, String... args) {
        return new CommandLine(new InputModeStudy()).setOut(out).execute(args);
    }

    @Override
    public Integer call() throws Exception {
        if (mebibytes < 1 || megabytesPerSecond < 1 || latencyMillis < 0 || rounds < 1 || warmUp < 0) {
            throw new ParameterException(spec.commandLine(), "expected sizes, rates and rounds >= 1");
        }
        PrintWriter out = spec.commandLine().getOut();
        try (TemporaryDirectory temporary = TemporaryDirectory.create("pipeflux-study-");
                DemoStore store = DemoStore.start(temporary.path().resolve("s3"))) {
            upload(store, out);
            try (Link link = Link.to(
                            store.endpoint().getPort(),
                            megabytesPerSecond * 1_000_000L,
                            Duration.ofMillis(latencyMillis));
                    S3AsyncClient client = DemoStore.client(link.endpoint())) {
                measure(new StudyRuns(temporary.path(), client, store.uri("trips/")), out);
            }
        }
        return 0;
    }

    private void upload(DemoStore store, PrintWriter out) {
        TripData data = new TripData((long) mebibytes << 20, OBJECTS, 7);
        for (int i = 0; i < OBJECTS; i++) {
            store.put(String.format(Locale.ROOT, "trips/part-%05d.csv", i), data.object(i));
        }
        out.printf(Locale.ROOT, "%d MiB of trip records in %d objects%n", mebibytes, OBJECTS);
    }

    private void measure(StudyRuns runs, PrintWriter out) throws IOException {
        List<ModeFigures> files = new ArrayList<>();
        List<ModeFigures> pipes = new ArrayList<>();
        List<StreamingPca.Component> components = List.of();
        for (int round = -warmUp; round < rounds; round++) {
            StudyRuns.Result file = runs.inFiles();
            StudyRuns.Result pipe = runs.inPipes();
            if (!file.components().equals(pipe.components())) {
                throw new IllegalStateException("the modes found different components: " + file + " and " + pipe);
            }
            components = pipe.components();
            if (round >= 0) {
                files.add(file.figures());
                pipes.add(pipe.figures());
            }
            out.printf(
                    Locale.ROOT,
                    "%s: file mode %.2f s, first batch %.2f s; pipe mode %.2f s, first batch %.3f s%n",
                    round < 0 ? "warm-up" : "round " + (round + 1),
                    file.figures().totalSeconds(),
                    file.figures().startUpSeconds(),
                    pipe.figures().totalSeconds(),
                    pipe.figures().startUpSeconds());
        }
        print(components, out);
        ModeComparison medians = new ModeComparison(median(files), median(pipes));
        out.printf(
                Locale.ROOT,
                "%nMedians of %d: %d MiB, a link of %d MB/s with %d ms, %d processors, JDK %s%n%n",
                rounds,
                mebibytes,
                megabytesPerSecond,
                latencyMillis,
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("java.version"));
        medians.print(out);
        if (chart != null) {
            String title = String.format(
                    Locale.ROOT,
                    "Streaming PCA over %d MiB of CSV, a link of %d MB/s with %d ms",
                    mebibytes,
                    megabytesPerSecond,
                    latencyMillis);
            Files.writeString(chart, ModeChart.svg(medians, title));
            out.printf(Locale.ROOT, "%nchart in %s%n", chart);
        }
    }

    private static void print(List<StreamingPca.Component> components, PrintWriter out) {
        out.printf(Locale.ROOT, "components, the same in both modes to the last bit:%n");
        for (StreamingPca.Component component : components.subList(0, 3)) {
            List<Double> loadings = component.loadings();
            String strongest = IntStream.range(0, loadings.size())
                    .boxed()
                    .sorted(comparingDouble(i -> -Math.abs(loadings.get(i))))
                    .limit(5)
                    .map(i -> String.format(Locale.ROOT, "%s %.2f", TripData.COLUMNS.get(i), loadings.get(i)))
                    .collect(joining(", "));
            out.printf(Locale.ROOT, "  %4.1f %% of the variance: %s%n", component.share() * 100, strongest);
        }
    }

    private static ModeFigures median(List<ModeFigures> runs) {
        return new ModeFigures(
                median(runs, ModeFigures::startUpNanos),
                median(runs, ModeFigures::totalNanos),
                median(runs, ModeFigures::diskBytes),
                median(runs, ModeFigures::dataBytes));
    }

    private static long median(List<ModeFigures> runs, ToLongFunction<ModeFigures> figure) {
        List<ModeFigures> sorted = runs.stream().sorted(comparingLong(figure)).toList();
        return figure.applyAsLong(sorted.get(sorted.size() / 2));
    }
}
