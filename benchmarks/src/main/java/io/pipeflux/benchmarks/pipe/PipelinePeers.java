package io.pipeflux.benchmarks.pipe;

import io.pipeflux.benchmarks.pipe.Reader.PassResult;
import io.pipeflux.benchmarks.s3.Store;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Reads files, FIFOs and S3 objects into batches, with Pipeflux pipelines and with peers. Each pipeline and each peer
 * is called a side, and runs in a separate process. In every round, all sides read the data set one after another. The
 * first rounds only warm up the processes. Prints a table, and writes the figures of each pass as CSV.
 *
 * <pre>
 *   ./mvnw -q -Ppeers -Dpeers.main=PipelinePeers -Dpeers.arguments="--sets=seed --sides=README,PLAIN"
 * </pre>
 */
@Command(name = "PipelinePeers", description = "Reads to batches, ours against peers.")
final class PipelinePeers implements Callable<Integer> {

    @Option(names = "--directory", required = true, description = "for the data and the FIFOs; in memory is best")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path directory;

    @Option(
            names = "--sets",
            split = ",",
            defaultValue = "seed,big,small,ctr,ctrshuf,floats,text",
            description = "${DEFAULT-VALUE}; also longkeys, features, ragged, bytes")
    private List<String> sets = List.of();

    @Option(names = "--from", split = ",", defaultValue = "FILE,FIFO", description = "${COMPLETION-CANDIDATES}")
    private List<From> from = List.of();

    @Option(
            names = "--sides",
            split = ",",
            defaultValue = "README,NOPREFETCH,INLINE,PLAIN,HADOOP,TENSORFLOW",
            description = "${COMPLETION-CANDIDATES}")
    private List<PipelineSide> sides = List.of();

    @Option(names = "--pairs", defaultValue = "7", description = "rounds, ${DEFAULT-VALUE}")
    private int pairs;

    @Option(names = "--warm-up", defaultValue = "3", description = "rounds before, ${DEFAULT-VALUE}")
    private int warmUp;

    @Option(names = "--bytes", defaultValue = "540000000", description = "of a set's file, ${DEFAULT-VALUE}")
    private long bytes;

    @Option(
            names = "--busy",
            defaultValue = "0",
            description = "how many microseconds our consumer is busy with each batch, ${DEFAULT-VALUE}")
    private int busy;

    @Option(names = "--csv", description = "where to write the passes; by default beside the data")
    private @Nullable Path csv;

    /** Prints the table. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new PipelinePeers()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Files.createDirectories(directory);
        if (sides.contains(PipelineSide.TENSORFLOW) && !TensorFlowSettings.available()) {
            System.err.println("TensorFlow is skipped: its native library is not on the class path");
            sides = sides.stream()
                    .filter(side -> side != PipelineSide.TENSORFLOW)
                    .toList();
        }
        Path passes = csv == null ? directory.resolve("peers.csv") : csv;
        List<PeerPass> all = new ArrayList<>();
        System.out.println(PeersTable.HEADER);
        try (PrintStream out = new PrintStream(passes.toFile(), StandardCharsets.UTF_8)) {
            out.println(PeerPass.HEADER);
            for (String set : sets) {
                Path file = PipelineSets.write(directory, set, bytes);
                for (From each : from) {
                    List<PeerPass> measured = compare(set, file, each);
                    measured.forEach(pass -> out.println(pass.toCsv()));
                    System.out.print(PeersTable.rows(measured));
                    all.addAll(measured);
                }
                Files.delete(file);
            }
        }
        System.out.println();
        System.out.println(PeersSummary.of(all));
        System.out.print(PeersTable.remarks(all));
        return 0;
    }

    private List<PeerPass> compare(String set, Path file, From source) throws IOException, InterruptedException {
        List<SideProcess> processes = new ArrayList<>();
        List<PeerPass> measured = new ArrayList<>();
        try (Store store = source == From.S3 ? Store.start(file, 0) : null) {
            for (PipelineSide side : sides) {
                if (side.reads(set, source)) {
                    processes.add(SideProcess.start(side, set, source, file, store, jvmOptions(side, set, file)));
                }
            }
            requireEqual(processes, true);
            List<SideProcess> order = new ArrayList<>(processes);
            for (int i = -warmUp; i < pairs; i++) {
                List<PassResult> results = requireEqual(order, false);
                for (int side = 0; i >= 0 && side < results.size(); side++) {
                    measured.add(new PeerPass(set, source, order.get(side).side(), i, results.get(side)));
                }
                Collections.reverse(order);
            }
        } finally {
            for (SideProcess process : processes) {
                process.close();
            }
        }
        return measured;
    }

    private List<String> jvmOptions(PipelineSide side, String set, Path file) throws IOException, InterruptedException {
        return side == PipelineSide.TENSORFLOW
                ? TensorFlowSettings.jvmOptions(TensorFlowSettings.best(set, file, pairs > 1 ? 2 : 0))
                : side.isPeer() ? List.of() : List.of("-D" + OurBatches.BUSY + "=" + busy);
    }

    /** Lets each side read once. Fails unless all sides that parse records return the same count. */
    private static List<PassResult> requireEqual(List<SideProcess> processes, boolean checks)
            throws IOException, InterruptedException {
        List<PassResult> results = new ArrayList<>();
        String expected = null;
        for (SideProcess process : processes) {
            PassResult result = process.pass(checks);
            results.add(result);
            if (process.side().parses()) {
                expected = expected == null ? result.counted() : expected;
                if (!result.counted().equals(expected)) {
                    throw new IOException(String.format(
                            Locale.ROOT,
                            "%s counted %s, but %s counted %s",
                            process,
                            result.counted(),
                            processes.get(0),
                            expected));
                }
            }
        }
        return results;
    }
}
