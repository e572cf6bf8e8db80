package io.pipeflux.benchmarks.pipe;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A reading process: for each line {@code SIDE SET PATH} on its standard input it reads that path to its end and prints
 * {@code what it counted, nanoseconds, nanoseconds of CPU time of the whole process}.
 */
final class ReaderMain {

    /** Reads a path to its end. */
    @FunctionalInterface
    interface Reading {
        /** Returns what it has counted, without blanks. */
        String read(String side, String set, Path path) throws IOException;
    }

    private ReaderMain() {}

    /** Reads by a {@link FifoReading} until its standard input ends. */
    public static void main(String[] args) throws IOException {
        serve((side, set, path) -> Long.toString(FifoReading.valueOf(side).read(path, set)));
    }

    static void serve(Reading reading) throws IOException {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.out.println("ready");
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.split(" ", 3);
            long cpu = system.getProcessCpuTime();
            long start = System.nanoTime();
            String counted = reading.read(words[0], words[1], Path.of(words[2]));
            long nanos = System.nanoTime() - start;
            System.out.println(counted + " " + nanos + " " + (system.getProcessCpuTime() - cpu));
        }
    }
}
