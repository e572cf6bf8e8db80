package io.pipeflux.benchmarks;

import java.lang.management.ManagementFactory;

/** Prints how much memory this JVM has used at most. */
public final class PeakMemory {

    private PeakMemory() {}

    /** Prints the heap's limit, and the sum of the peaks of all memory pools. */
    public static void print() {
        long peak = ManagementFactory.getMemoryPoolMXBeans().stream()
                .mapToLong(pool -> pool.getPeakUsage().getUsed())
                .sum();
        System.out.printf(
                "heap at most %d MB; all memory pools of the JVM at their peaks %d MB%n",
                Runtime.getRuntime().maxMemory() >> 20, peak >> 20);
    }
}
