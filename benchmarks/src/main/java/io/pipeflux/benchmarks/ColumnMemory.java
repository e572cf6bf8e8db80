package io.pipeflux.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.example.ExampleSets;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;

/**
 * Measures the cost of parsing records into columns, for one kind of column memory. One thread parses records that are
 * already in memory into batches of 64, and releases each batch immediately.
 *
 * <pre>
 *   java -Xmx1g -cp benchmarks/target/benchmarks.jar io.pipeflux.benchmarks.ColumnMemory seed pooled
 * </pre>
 */
final class ColumnMemory {

    private static final int BATCH = 64;
    private static final long WARM_UP_BYTES = 1_500_000_000L;
    private static final long BYTES = 4_000_000_000L;

    private ColumnMemory() {}

    /** Prints one line: data set, kind of memory, GB/s of records, CPU time and number of garbage collections. */
    public static void main(String[] args) {
        String set = args[0];
        ColumnAllocator allocator = switch (args[1]) {
            case "heap" -> ColumnAllocator.heap();
            case "direct" -> ColumnAllocator.direct();
            case "pooled" -> ColumnAllocator.pooled(128 << 20);
            default -> throw new IllegalArgumentException("expected heap, direct or pooled, but got " + args[1]);
        };
        Schema schema =
                Schema.of(ExampleSets.features(set).toArray(Feature[]::new)).withAllocator(allocator);
        List<RawRecord> records = ExampleSets.records(set, set.equals("big") ? BATCH : 16 * BATCH);
        parse(schema, records, WARM_UP_BYTES);
        long cpu = cpuNanos();
        long collecting = collectingMillis();
        long begin = System.nanoTime();
        long bytes = parse(schema, records, BYTES);
        double seconds = (System.nanoTime() - begin) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "%s %s %d MB: %.2f GB/s, CPU %.3f s/GB, collections %d ms; %s%n",
                set,
                args[1],
                Runtime.getRuntime().maxMemory() >> 20,
                bytes / 1e9 / seconds,
                (cpuNanos() - cpu) / 1e9 / (bytes / 1e9),
                collectingMillis() - collecting,
                allocator);
    }

    private static long parse(Schema schema, List<RawRecord> records, long atLeast) {
        long bytes = 0;
        long sum = 0;
        while (bytes < atLeast) {
            for (int row = 0; row < records.size(); row += BATCH) {
                List<RawRecord> rows = records.subList(row, row + BATCH);
                ColumnBatch batch = schema.parse(rows);
                sum += batch.column("label").asLongBuffer().get(0);
                batch.release();
                bytes += rows.stream().mapToLong(RawRecord::size).sum();
            }
        }
        if (sum < 0) {
            throw new IllegalStateException("expected labels of 0 or more, but got the sum " + sum);
        }
        return bytes;
    }

    private static long cpuNanos() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }

    private static long collectingMillis() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionTime)
                .sum();
    }
}
