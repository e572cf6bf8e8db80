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
 * Compares Pipeflux with a {@code FileChannel} loop. Both read a file that {@code cat} writes into a FIFO of 1 MiB.
 * They run alternately, each in a separate process that is pinned to one CPU, while {@code cat} runs on another CPU.
 *
 * <pre>
 *   java -cp benchmarks/target/benchmarks.jar io.pipeflux.benchmarks.pipe.PipeReads --directory /dev/shm/pipeflux
 * </pre>
 */
@Command(name = "PipeReads", description = "Reads a FIFO, ours against a FileChannel loop.")
final class PipeReads implements Callable<Integer> {

    private static final int WARM_UP = 4;
    private static final int READER_CPU = 1;
    private static final int FEEDER_CPU = 0;

    @Option(names = "--directory", required = true, description = "for the data and the FIFOs; in memory is best")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path directory;

    @Option(names = "--sets", split = ",", defaultValue = "seed,big,small", description = "${DEFAULT-VALUE}")
    private List<String> sets = List.of();

    @Option(names = "--sides", split = ",", defaultValue = "CHUNKS,RECORDS,BATCHES", description = "${DEFAULT-VALUE}")
    private List<FifoReading> sides = List.of();

    @Option(names = "--peer", defaultValue = "CHANNEL", description = "${COMPLETION-CANDIDATES}")
    private FifoReading peer = FifoReading.CHANNEL;

    @Option(names = "--pairs", defaultValue = "9", description = "${DEFAULT-VALUE}")
    private int pairs;

    @Option(names = "--bytes", defaultValue = "540000000", description = "of a set's file, ${DEFAULT-VALUE}")
    private long bytes;

    /** Prints a Markdown table with one row per set and side. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new PipeReads()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Files.createDirectories(directory);
        System.out.println(
                "| set | ours | GB/s | peer GB/s | **ratio** (pairs from - to) | CPU s/GB | peer CPU s/GB | **CPU ratio** |");
        System.out.println("| --- | --- | --- | --- | --- | --- | --- | --- |");
        for (String set : sets) {
            Path file = DataFiles.write(directory, set, bytes);
            for (FifoReading side : sides) {
                compare(set, file, side);
            }
        }
        return 0;
    }

    private void compare(String set, Path file, FifoReading ours) throws IOException, InterruptedException {
        Path path = directory.resolve("pipe_" + ours + "_" + set + "_" + System.nanoTime());
        List<PassResult> our = new ArrayList<>();
        List<PassResult> their = new ArrayList<>();
        List<String> options = List.of("-Xmx1g", "--enable-native-access=ALL-UNNAMED");
        try (BigFifo fifo = BigFifo.at(path);
                Reader us = Reader.start(ours, READER_CPU, options);
                Reader them = Reader.start(peer, READER_CPU, options)) {
            for (int i = -WARM_UP; i < pairs; i++) {
                PassResult a = us.pass(file, set, fifo, FEEDER_CPU);
                PassResult b = them.pass(file, set, fifo, FEEDER_CPU);
                requireAll(a, ours);
                requireAll(b, peer);
                if (i >= 0) {
                    our.add(a);
                    their.add(b);
                }
            }
        } finally {
            Files.deleteIfExists(path);
        }
        double[] ratios = new double[pairs];
        double[] cpuRatios = new double[pairs];
        for (int i = 0; i < pairs; i++) {
            ratios[i] = our.get(i).gigabytesPerSecond() / their.get(i).gigabytesPerSecond();
            cpuRatios[i] = our.get(i).cpuSecondsPerGigabyte() / their.get(i).cpuSecondsPerGigabyte();
        }
        System.out.printf(
                Locale.ROOT,
                "| `%s` | %s | %.2f | %.2f | **%.2f** (%.2f - %.2f) | %.3f | %.3f | **%.2f** |%n",
                set,
                ours.name().toLowerCase(Locale.ROOT),
                PassResult.median(our, PassResult::gigabytesPerSecond),
                PassResult.median(their, PassResult::gigabytesPerSecond),
                median(ratios),
                Arrays.stream(ratios).min().orElseThrow(),
                Arrays.stream(ratios).max().orElseThrow(),
                PassResult.median(our, PassResult::cpuSecondsPerGigabyte),
                PassResult.median(their, PassResult::cpuSecondsPerGigabyte),
                median(cpuRatios));
    }

    private static void requireAll(PassResult pass, FifoReading side) throws IOException {
        if (!pass.counted().equals(Long.toString(pass.bytes()))) {
            throw new IOException(side + " counted " + pass.counted() + " bytes of " + pass.bytes());
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
