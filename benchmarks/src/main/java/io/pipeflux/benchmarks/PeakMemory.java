package io.pipeflux.benchmarks;

import java.lang.management.ManagementFactory;

/** Prints the peak memory usage of this JVM. */
public final class PeakMemory {

    private PeakMemory() {}

    /** Prints the maximum heap size, and the sum of the peak sizes of all memory pools. */
    public static void print() {
        long peak = ManagementFactory.getMemoryPoolMXBeans().stream()
                .mapToLong(pool -> pool.getPeakUsage().getUsed())
                .sum();
        System.out.printf(
                "heap at most %d MB; all memory pools of the JVM at their peaks %d MB%n",
                Runtime.getRuntime().maxMemory() >> 20, peak >> 20);
    }
}
