package io.pipeflux.benchmarks.pipe;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A reading process, pinned to one CPU, that waits for work. */
final class Reader implements AutoCloseable {

    /** One pass over a file. */
    record PassResult(long bytes, long nanos, long cpuNanos) {
        double gigabytesPerSecond() {
            return (double) bytes / nanos;
        }

        double cpuSecondsPerGigabyte() {
            return (double) cpuNanos / bytes;
        }
    }

    private final FifoReading side;
    private final Process process;
    private final BufferedReader answers;
    private final BufferedWriter commands;

    private Reader(FifoReading side, Process process) {
        this.side = side;
        this.process = process;
        this.answers = process.inputReader(StandardCharsets.UTF_8);
        this.commands = process.outputWriter(StandardCharsets.UTF_8);
    }

    static Reader start(FifoReading side, int cpu, List<String> jvmOptions) throws IOException {
        ProcessBuilder java = new ProcessBuilder("taskset", "-c", String.valueOf(cpu));
        java.command()
                .add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        java.command().addAll(jvmOptions);
        java.command().addAll(List.of("-cp", System.getProperty("java.class.path"), ReaderMain.class.getName()));
        Reader reader = new Reader(
                side, java.redirectError(ProcessBuilder.Redirect.INHERIT).start());
        reader.answer();
        return reader;
    }

    /** Feeds a file into a FIFO by {@code cat} on another CPU, and reads it. */
    PassResult pass(Path file, String set, BigFifo fifo, int feederCpu) throws IOException, InterruptedException {
        Process cat = new ProcessBuilder("taskset", "-c", String.valueOf(feederCpu), "cat", file.toString())
                .redirectOutput(new File(fifo.path().toString()))
                .start();
        commands.write(side + " " + set + " " + fifo.path());
        commands.newLine();
        commands.flush();
        String[] numbers = answer().split(" ", 3);
        if (cat.waitFor() != 0) {
            throw new IOException("cat failed");
        }
        PassResult result =
                new PassResult(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]), Long.parseLong(numbers[2]));
        if (result.bytes() != file.toFile().length()) {
            throw new IOException(side + " counted " + result.bytes() + " bytes of "
                    + file.toFile().length());
        }
        return result;
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
