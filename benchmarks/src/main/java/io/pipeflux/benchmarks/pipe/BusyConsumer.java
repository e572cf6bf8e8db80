package io.pipeflux.benchmarks.pipe;

import io.pipeflux.benchmarks.pipe.Reader.PassResult;
import io.pipeflux.benchmarks.s3.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Runs the README's pipeline with a consumer that is busy with each batch for a while. Compares the total time with the
 * time that reading alone takes, and with the time that the consumer alone takes.
 *
 * <pre>
 *   ./mvnw -q -Ppeers -Dpeers.main=BusyConsumer
 * </pre>
 */
@Command(name = "BusyConsumer", description = "Reads to batches that a consumer is busy with.")
final class BusyConsumer implements Callable<Integer> {

    private static final double GOAL = 1.15;
    private static final double CPUS = 2;

    @Option(names = "--directory", required = true, description = "for the data and the FIFOs; in memory is best")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path directory;

    @Option(names = "--set", defaultValue = "seed", description = "${DEFAULT-VALUE}")
    private String set = "";

    @Option(names = "--side", defaultValue = "README", description = "${DEFAULT-VALUE}")
    private PipelineSide side = PipelineSide.README;

    @Option(names = "--from", split = ",", defaultValue = "FILE,FIFO,S3", description = "${DEFAULT-VALUE}")
    private List<From> from = List.of();

    @Option(names = "--micros", split = ",", defaultValue = "100,200,400", description = "a batch, ${DEFAULT-VALUE}")
    private List<Integer> micros = List.of();

    @Option(names = "--rounds", defaultValue = "7", description = "${DEFAULT-VALUE}")
    private int rounds;

    @Option(names = "--warm-up", defaultValue = "3", description = "rounds before, ${DEFAULT-VALUE}")
    private int warmUp;

    @Option(names = "--bytes", defaultValue = "540000000", description = "of the set's file, ${DEFAULT-VALUE}")
    private long bytes;

    /** Prints the table. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new BusyConsumer()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Files.createDirectories(directory);
        Path file = PipelineSets.write(directory, set, bytes);
        System.out.println("| from | busy, us | reading alone, s | consumer alone, s | half the CPU of both, s"
                + " | together, s (from - to) | **of the largest** | goal |");
        System.out.println("| --- | --- | --- | --- | --- | --- | --- | --- |");
        for (From each : from) {
            measure(each, file);
        }
        Files.delete(file);
        return 0;
    }

    private void measure(From source, Path file) throws IOException, InterruptedException {
        List<SideProcess> processes = new ArrayList<>();
        List<List<PassResult>> results = new ArrayList<>();
        try (Store store = source == From.S3 ? Store.start(file, 0) : null) {
            for (int i = 0; i <= micros.size(); i++) {
                int busy = i == 0 ? 0 : micros.get(i - 1);
                processes.add(SideProcess.start(
                        side, set, source, file, store, List.of("-D" + OurBatches.BUSY + "=" + busy)));
                results.add(new ArrayList<>());
            }
            for (int round = -warmUp; round < rounds; round++) {
                for (int i = 0; i < processes.size(); i++) {
                    PassResult result = processes.get(i).pass(false);
                    if (round >= 0) {
                        results.get(i).add(result);
                    }
                }
            }
        } finally {
            for (SideProcess process : processes) {
                process.close();
            }
        }
        for (int i = 0; i < micros.size(); i++) {
            print(source, micros.get(i), results.get(0), results.get(i + 1));
        }
    }

    private static void print(From source, int micros, List<PassResult> alone, List<PassResult> together) {
        double reading = PassResult.median(alone, pass -> pass.nanos() / 1e9);
        long rows = Long.parseLong(alone.get(0).counted().split(":", 2)[0]);
        double consumer = (rows + PipelineSets.BATCH - 1) / PipelineSets.BATCH * micros / 1e6;
        double half = (PassResult.median(alone, pass -> pass.cpuNanos() / 1e9) + consumer) / CPUS;
        double took = PassResult.median(together, pass -> pass.nanos() / 1e9);
        double ratio = took / Math.max(reading, Math.max(consumer, half));
        System.out.printf(
                Locale.ROOT,
                "| %s | %d | %.3f | %.3f | %.3f | %.3f (%.3f - %.3f) | **%.2f** | %.2f, %s |%n",
                source.name().toLowerCase(Locale.ROOT),
                micros,
                reading,
                consumer,
                half,
                took,
                together.stream().mapToDouble(PassResult::nanos).min().orElse(0) / 1e9,
                together.stream().mapToDouble(PassResult::nanos).max().orElse(0) / 1e9,
                ratio,
                GOAL,
                ratio <= GOAL ? "met" : "missed");
    }
}
