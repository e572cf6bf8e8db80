package io.pipeflux.benchmarks.pipe;

import io.pipeflux.benchmarks.pipe.Reader.PassResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Reads files and FIFOs to batches: a pipeline of ours against a peer, in pairs that take turns, each side in a process
 * of its own that has read the set before.
 *
 * <pre>
 *   java -cp benchmarks/target/benchmarks.jar io.pipeflux.benchmarks.pipe.PipelinePeers --directory /dev/shm/pipeflux
 * </pre>
 */
@Command(name = "PipelinePeers", description = "Reads to batches, ours against a peer.")
final class PipelinePeers implements Callable<Integer> {

    private static final int WARM_UP = 3;

    /** From where a set is read. */
    enum From {
        FILE,
        FIFO
    }

    @Option(names = "--directory", required = true, description = "for the data and the FIFOs; in memory is best")
    @SuppressWarnings("NullAway.Init") // by picocli
    private Path directory;

    @Option(
            names = "--sets",
            split = ",",
            defaultValue = "seed,big,small,ctr,ctrshuf,floats,text",
            description = "${DEFAULT-VALUE}")
    private List<String> sets = List.of();

    @Option(names = "--from", split = ",", defaultValue = "FILE,FIFO", description = "${DEFAULT-VALUE}")
    private List<From> from = List.of();

    @Option(names = "--sides", split = ",", defaultValue = "README", description = "${COMPLETION-CANDIDATES}")
    private List<PipelineSide> sides = List.of();

    @Option(names = "--peer", defaultValue = "PLAIN", description = "${COMPLETION-CANDIDATES}")
    private PipelineSide peer = PipelineSide.PLAIN;

    @Option(names = "--pairs", defaultValue = "7", description = "${DEFAULT-VALUE}")
    private int pairs;

    @Option(names = "--bytes", defaultValue = "540000000", description = "of a set's file, ${DEFAULT-VALUE}")
    private long bytes;

    @Option(
            names = "--busy",
            defaultValue = "0",
            description = "how many microseconds our consumer is busy with each batch, ${DEFAULT-VALUE}")
    private int busy;

    @Option(
            names = "--jvm",
            split = ",",
            defaultValue = "-Xmx1g",
            description = "options of our JVMs, ${DEFAULT-VALUE}")
    private List<String> jvm = List.of();

    /** Prints a row of Markdown per set, source and side. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new PipelinePeers()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Files.createDirectories(directory);
        System.out.println(
                "| set | from | ours | GB/s | peer GB/s | **ratio** (pairs from - to) | CPU s/GB | peer CPU s/GB |");
        System.out.println("| --- | --- | --- | --- | --- | --- | --- | --- |");
        for (String set : sets) {
            Path file = PipelineSets.write(directory, set, bytes);
            for (From each : from) {
                for (PipelineSide side : sides) {
                    compare(set, file, each, side);
                }
            }
            Files.delete(file);
        }
        return 0;
    }

    private void compare(String set, Path file, From source, PipelineSide side)
            throws IOException, InterruptedException {
        Path path = directory.resolve("pipe_" + set + "_" + System.nanoTime());
        List<PassResult> our = new ArrayList<>();
        List<PassResult> their = new ArrayList<>();
        try (BigFifo fifo = BigFifo.at(path);
                Reader us = Reader.start(side, ourJvm());
                Reader them = Reader.start(peer, List.of("-Xmx1g"))) {
            for (int i = -WARM_UP; i < pairs; i++) {
                PassResult a = source == From.FILE ? us.pass(file, set, file) : us.pass(file, set, fifo);
                PassResult b = source == From.FILE ? them.pass(file, set, file) : them.pass(file, set, fifo);
                if (!a.counted().equals(b.counted())) {
                    throw new IOException(
                            set + ": " + side + " counted " + a.counted() + ", and " + peer + " " + b.counted());
                }
                if (i >= 0) {
                    our.add(a);
                    their.add(b);
                }
            }
        } finally {
            Files.deleteIfExists(path);
        }
        print(set, source, side, our, their);
    }

    private List<String> ourJvm() {
        List<String> options = new ArrayList<>(jvm);
        options.add("-Dpipeflux.busyMicros=" + busy);
        return options;
    }

    private void print(String set, From source, PipelineSide side, List<PassResult> our, List<PassResult> their) {
        double[] ratios = new double[our.size()];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = our.get(i).gigabytesPerSecond() / their.get(i).gigabytesPerSecond();
        }
        Arrays.sort(ratios);
        System.out.printf(
                Locale.ROOT,
                "| `%s` | %s | %s | %.2f | %.2f | **%.2f** (%.2f - %.2f) | %.2f | %.2f |%n",
                set,
                source.name().toLowerCase(Locale.ROOT),
                side.name().toLowerCase(Locale.ROOT),
                PassResult.median(our, PassResult::gigabytesPerSecond),
                PassResult.median(their, PassResult::gigabytesPerSecond),
                ratios[ratios.length / 2],
                ratios[0],
                ratios[ratios.length - 1],
                PassResult.median(our, PassResult::cpuSecondsPerGigabyte),
                PassResult.median(their, PassResult::cpuSecondsPerGigabyte));
    }
}
