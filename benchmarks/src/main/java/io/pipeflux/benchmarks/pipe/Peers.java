package io.pipeflux.benchmarks.pipe;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Compares whole pipelines with peers. The option {@code --parts} selects which parts of the measurement run. By
 * default, all parts run.
 *
 * <pre>
 *   ./mvnw -q -Ppeers
 *   ./mvnw -q -Ppeers -Dpeers.arguments="--parts=TABLE,CHART --docs=docs"
 *   ./mvnw -q -Ppeers -Dpeers.arguments=--short
 * </pre>
 */
@Command(name = "Peers", description = "Measures whole pipelines against peers.")
final class Peers implements Callable<Integer> {

    private static final String ALL_SIDES =
            Arrays.toString(PipelineSide.values()).replaceAll("[\\[\\] ]", "");
    private static final String TABLE_CSV = "table.csv";
    private static final long GIB = 1L << 30;
    private static final double MB = 1e6;

    /** The parts of the measurement. */
    enum Part {
        /** Reads all data sets from files and from FIFOs. */
        TABLE,
        /** Reads data sets that have many columns, ragged columns, or long keys. */
        SHAPES,
        /** Reads from a FIFO of 64 KiB, which is the default size of a FIFO. */
        PIPE64,
        /** Reads with a heap of 256 MiB, without the fusion of operators, and with Reactor's hooks. */
        SETTINGS,
        /** Compares data sets of 1 GiB with data sets of 4 GiB. */
        SIZES,
        /** Reads with a consumer that is busy with each batch. */
        BUSY,
        /** Draws what the threads do while the consumer is busy. */
        TIMELINE,
        /** Draws the table as a chart. */
        CHART
    }

    @Option(names = "--directory", required = true, description = "for the data and the FIFOs; in memory is best")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path directory;

    @Option(names = "--docs", description = "where pictures are written; by default beside the data")
    private @Nullable Path docs;

    @Option(names = "--parts", split = ",", description = "${COMPLETION-CANDIDATES}; all by default")
    private List<Part> parts = List.of(Part.values());

    @Option(names = "--pairs", defaultValue = "7", description = "rounds, ${DEFAULT-VALUE}")
    private int pairs;

    @Option(names = "--bytes", defaultValue = "150000000", description = "of a set's file, ${DEFAULT-VALUE}")
    private long bytes;

    @Option(names = "--short", description = "a little of everything, to see that it works")
    private boolean small;

    /** Prints tables, and writes CSV and pictures. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Peers()).execute(args));
    }

    @Override
    public Integer call() throws IOException {
        if (small) {
            pairs = 1;
            bytes = 4_000_000;
        }
        int failed = 0;
        for (Part part : parts) {
            System.out.printf("%n%s%n%n", part);
            failed = Math.max(failed, small ? runShort(part) : run(part));
        }
        return failed;
    }

    private int run(Part part) throws IOException {
        return switch (part) {
            case TABLE -> passes(TABLE_CSV, "--sides=README,NOPREFETCH,INLINE,POOLED,PLAIN,HADOOP,TENSORFLOW,READONLY");
            case SHAPES ->
                passes(
                        "shapes.csv",
                        "--sets=ctr,longkeys,features,ragged,bytes",
                        "--from=FILE",
                        "--sides=README,PLAIN,TENSORFLOW");
            case PIPE64 ->
                passes("pipe64.csv", "--sets=seed,ctr", "--from=FIFO64", "--sides=README,INLINE,PLAIN,READONLY");
            case SETTINGS ->
                passes(
                        "settings.csv",
                        "--sets=seed,ctr",
                        "--from=FILE",
                        "--sides=README,HEAP256,UNFUSED,HOOKED,PROPAGATED,PLAIN");
            case SIZES -> sizes();
            case BUSY -> busy("--rounds=" + pairs, "--bytes=" + bytes);
            case TIMELINE -> timeline();
            case CHART -> chart();
        };
    }

    private int runShort(Part part) {
        return switch (part) {
            case TABLE -> passes(TABLE_CSV, "--warm-up=0", "--sets=seed", "--sides=" + ALL_SIDES);
            case SHAPES ->
                passes(
                        "shapes.csv",
                        "--warm-up=0",
                        "--sets=text,ragged,bytes",
                        "--from=FILE,S3",
                        "--sides=README,PLAIN,TENSORFLOW");
            case PIPE64 -> passes("pipe64.csv", "--warm-up=0", "--sets=small", "--from=FIFO64", "--sides=README,PLAIN");
            case BUSY -> busy("--rounds=1", "--warm-up=0", "--from=FIFO", "--micros=100", "--bytes=" + bytes);
            case TIMELINE -> timeline();
            case CHART -> chart();
            default -> 0;
        };
    }

    private int passes(String csv, String... arguments) {
        List<String> all = new ArrayList<>(List.of("--pairs=" + pairs, "--bytes=" + bytes));
        all.addAll(List.of(arguments));
        all.add("--csv=" + directory.resolve(csv));
        return execute(new PipelinePeers(), all);
    }

    private int sizes() throws IOException {
        int failed = Math.max(size("size1.csv", GIB), size("size4.csv", 4 * GIB));
        if (failed == 0) {
            PeerFigures one = new PeerFigures(PeerPass.read(directory.resolve("size1.csv")));
            PeerFigures four = new PeerFigures(PeerPass.read(directory.resolve("size4.csv")));
            System.out.printf(
                    Locale.ROOT,
                    "%n- 4 GiB: %.2f of four times the CPU of 1 GiB (goal: at most %.2f), %.0f and %.0f MB resident%n",
                    four.cpu(PipelineSide.README) / one.cpu(PipelineSide.README),
                    Goals.LINEAR,
                    one.resident(PipelineSide.README) / MB,
                    four.resident(PipelineSide.README) / MB);
        }
        return failed;
    }

    private int size(String csv, long size) {
        return execute(
                new PipelinePeers(),
                List.of(
                        "--sets=seed",
                        "--from=FILE",
                        "--sides=README",
                        "--pairs=3",
                        "--warm-up=1",
                        "--bytes=" + size,
                        "--csv=" + directory.resolve(csv)));
    }

    private int busy(String... arguments) {
        return execute(new BusyConsumer(), List.of(arguments));
    }

    private int timeline() {
        return execute(new Timeline(), List.of("--svg=" + picture("timeline.svg"), "--bytes=" + bytes));
    }

    private int chart() {
        return new CommandLine(new PeersChart())
                .execute("--csv=" + directory.resolve(TABLE_CSV), "--svg=" + picture("pipelines.svg"));
    }

    private Path picture(String name) {
        return (docs == null ? directory : docs).resolve(name);
    }

    private int execute(Callable<Integer> command, List<String> arguments) {
        List<String> all = new ArrayList<>(arguments);
        all.add("--directory=" + directory);
        return new CommandLine(command).execute(all.toArray(String[]::new));
    }
}
