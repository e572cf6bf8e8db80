package io.pipeflux.benchmarks.pipe;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** A child process that waits for commands, and reads a file for each command. */
final class Reader implements AutoCloseable {

    /**
     * The results of one pass over a file.
     *
     * @param counted the text that {@link ReaderMain.Reading#read} returned
     * @param pauses the number of garbage collections that stopped the process
     * @param pauseMillis the total time of these collections
     * @param heapBytes the sum of the peak sizes of the heap's memory pools
     * @param residentBytes the peak resident memory of the process
     */
    record PassResult(
            String counted,
            long bytes,
            long nanos,
            long cpuNanos,
            long pauses,
            long pauseMillis,
            long heapBytes,
            long residentBytes) {
        double gigabytesPerSecond() {
            return (double) bytes / nanos;
        }

        double cpuSecondsPerGigabyte() {
            return (double) cpuNanos / bytes;
        }

        static double median(List<PassResult> passes, ToDoubleFunction<PassResult> of) {
            double[] sorted = passes.stream().mapToDouble(of).sorted().toArray();
            return sorted[sorted.length / 2];
        }
    }

    private final String side;
    private final Process process;
    private final BufferedReader answers;
    private final BufferedWriter commands;

    private Reader(String side, Process process) {
        this.side = side;
        this.process = process;
        this.answers = process.inputReader(StandardCharsets.UTF_8);
        this.commands = process.outputWriter(StandardCharsets.UTF_8);
    }

    /** Starts a process that is pinned to one CPU. */
    static Reader start(FifoReading side, int cpu, List<String> jvmOptions) throws IOException {
        return start(
                side.name(),
                List.of("taskset", "-c", String.valueOf(cpu)),
                ReaderMain.class,
                jvmOptions,
                ProcessBuilder.Redirect.INHERIT);
    }

    /** Starts a process that may use all CPUs. {@code jvmOptions} are appended to the side's own JVM options. */
    static Reader start(PipelineSide side, List<String> jvmOptions) throws IOException {
        List<String> options = new ArrayList<>(side.jvmOptions());
        options.addAll(jvmOptions);
        return start(side.name(), List.of(), PipelineMain.class, options, side.errors());
    }

    private static Reader start(
            String side, List<String> prefix, Class<?> main, List<String> jvmOptions, ProcessBuilder.Redirect errors)
            throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors);
        Reader reader = new Reader(side, builder.start());
        String line = reader.answer();
        while (!line.equals("ready")) { // the JVM may print other lines first
            line = reader.answer();
        }
        return reader;
    }

    /** Feeds a file into a FIFO with {@code cat}, which runs on the CPU {@code feederCpu}, and reads the FIFO. */
    PassResult pass(Path file, String set, BigFifo fifo, int feederCpu) throws IOException, InterruptedException {
        return fed(List.of("taskset", "-c", String.valueOf(feederCpu), "cat", file.toString()), file, set, fifo, false);
    }

    /** Feeds a file into a FIFO with {@code cat}, and reads the FIFO. */
    PassResult pass(Path file, String set, BigFifo fifo, boolean checks) throws IOException, InterruptedException {
        return fed(List.of("cat", file.toString()), file, set, fifo, checks);
    }

    private PassResult fed(List<String> cat, Path file, String set, BigFifo fifo, boolean checks)
            throws IOException, InterruptedException {
        Process feeder = new ProcessBuilder(cat)
                .redirectOutput(new File(fifo.path().toString()))
                .start();
        PassResult result = pass(file, set, fifo.path(), checks);
        if (feeder.waitFor() != 0) {
            throw new IOException("cat failed");
        }
        return result;
    }

    /**
     * Reads the content of {@code file} through the path {@code from}. This path names the file itself, or the FIFO or
     * the store's object that provides the file's content.
     */
    PassResult pass(Path file, String set, Path from, boolean checks) throws IOException {
        commands.write(side + " " + set + " " + checks + " " + from);
        commands.newLine();
        commands.flush();
        String[] words = answer().split(" ", 7);
        return new PassResult(
                words[0],
                Files.size(file),
                Long.parseLong(words[1]),
                Long.parseLong(words[2]),
                Long.parseLong(words[3]),
                Long.parseLong(words[4]),
                Long.parseLong(words[5]),
                Long.parseLong(words[6]));
    }

    private String answer() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IOException("the reading process " + side + " has ended");
        }
        return line;
    }

    @Override
    public void close() throws IOException {
        commands.close();
        process.destroy();
    }
}
