package io.pipeflux.benchmarks.s3;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;

/**
 * Measures the cost of verifying checksums. One JVM reads a large object over loopback, alternately with and without
 * verification. Prints the CPU seconds per GB for each pair of reads, and the median of the differences. The arguments
 * are the size of the object in MiB, the number of pairs of reads, and the number of warm-up pairs.
 */
final class ChecksumCost {

    private ChecksumCost() {}

    public static void main(String[] args) throws Exception {
        Objects objects = new Objects(Long.parseLong(args[0]) << 20, 1);
        int pairs = Integer.parseInt(args[1]);
        int before = Integer.parseInt(args[2]);
        double[] more = new double[pairs];
        try (Store store = Store.start(Store.data(objects.size()), 0)) {
            Supplier<Flux<ByteBuffer>> verified = PrefixReading.WINDOW.reader(store.port(), objects, 8 << 20);
            Supplier<Flux<ByteBuffer>> unverified =
                    PrefixReading.WINDOW_UNVERIFIED.reader(store.port(), objects, 8 << 20);
            for (int i = -before; i < pairs; i++) {
                double with = cpuSecondsPerGb(verified, objects);
                double without = cpuSecondsPerGb(unverified, objects);
                if (i >= 0) {
                    more[i] = with - without;
                    System.out.printf(Locale.ROOT, "%.3f with, %.3f without%n", with, without);
                }
            }
        }
        Arrays.sort(more);
        System.out.printf(
                Locale.ROOT,
                "%.3f CPU s/GB more (%.3f to %.3f), median of %d pairs%n",
                more[pairs / 2],
                more[0],
                more[pairs - 1],
                pairs);
        System.exit(0);
    }

    private static double cpuSecondsPerGb(Supplier<Flux<ByteBuffer>> reader, Objects objects) {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long cpu = system.getProcessCpuTime();
        reader.get().map(ByteBuffer::remaining).blockLast();
        return (system.getProcessCpuTime() - cpu) / (double) objects.bytes();
    }
}
