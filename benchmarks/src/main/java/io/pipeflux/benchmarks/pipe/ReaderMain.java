package io.pipeflux.benchmarks.pipe;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * The main class of a {@link Reader} process. For each line {@code SIDE SET CHECKS PATH} on standard input, the process
 * reads {@code PATH} to its end. It then prints the fields of a {@link Reader.PassResult} in their order, except the
 * number of bytes.
 */
final class ReaderMain {

    private static final Path CLEAR = Path.of("/proc/self/clear_refs");
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String RESET_PEAK = "5";
    private static final String PEAK = "VmHWM:";

    /** Reads a path to its end. */
    @FunctionalInterface
    interface Reading {
        /**
         * Reads the path, and returns a count of what was read, as text without blanks.
         *
         * @param checks whether the returned text also contains checksums of all columns
         */
        String read(String side, String set, Path path, boolean checks) throws IOException;
    }

    private ReaderMain() {}

    /** Executes commands until standard input ends. Each command names a {@link FifoReading} to read with. */
    public static void main(String[] args) throws IOException {
        serve((side, set, path, checks) ->
                Long.toString(FifoReading.valueOf(side).read(path, set)));
    }

    static void serve(Reading reading) throws IOException {
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.out.println("ready");
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.split(" ", 4);
            System.out.println(measure(reading, words[0], words[1], Boolean.parseBoolean(words[2]), Path.of(words[3])));
        }
    }

    private static String measure(Reading reading, String side, String set, boolean checks, Path path)
            throws IOException {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        List<GarbageCollectorMXBean> pauses = ManagementFactory.getGarbageCollectorMXBeans().stream()
                .filter(collector -> !collector.getName().contains("Concurrent"))
                .toList();
        List<MemoryPoolMXBean> heap = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .toList();
        heap.forEach(MemoryPoolMXBean::resetPeakUsage);
        resetPeak();
        long count = sum(pauses, GarbageCollectorMXBean::getCollectionCount);
        long millis = sum(pauses, GarbageCollectorMXBean::getCollectionTime);
        long cpu = system.getProcessCpuTime();
        long start = System.nanoTime();
        String counted = reading.read(side, set, path, checks);
        return counted + " " + (System.nanoTime() - start)
                + " " + (system.getProcessCpuTime() - cpu)
                + " " + (sum(pauses, GarbageCollectorMXBean::getCollectionCount) - count)
                + " " + (sum(pauses, GarbageCollectorMXBean::getCollectionTime) - millis)
                + " " + sum(heap, pool -> pool.getPeakUsage().getUsed())
                + " " + residentPeak();
    }

    private static <T> long sum(List<T> beans, ToLongFunction<T> of) {
        return beans.stream().mapToLong(of).sum();
    }

    /**
     * Resets the peak of resident memory. If the system does not support this, the peak covers the whole life of the
     * process.
     */
    private static void resetPeak() throws IOException {
        if (Files.isWritable(CLEAR)) {
            Files.writeString(CLEAR, RESET_PEAK);
        }
    }

    /** Returns the peak of resident memory in bytes, or 0 if the system does not provide it. */
    private static long residentPeak() throws IOException {
        if (!Files.isReadable(STATUS)) {
            return 0;
        }
        return Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith(PEAK))
                .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }
}
