package io.pipeflux.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.channel.ChannelOrder;
import io.pipeflux.core.channel.ChannelSplit;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Objects;
import java.util.Random;
import reactor.core.publisher.Flux;

/**
 * Shares 1,000,000 objects of lognormal size (sigma 1, none above a fifth of a share) among 1,000 hosts, and checks
 * that every object is read once in an epoch. Prints the imbalance, the time and the memory of it. The names are
 * generated: no store is asked.
 */
public final class ScaleSimulation {

    private static final int HOSTS = 1_000;
    private static final int OBJECTS = 1_000_000;
    private static final double MEDIAN_BYTES = 6e9; // 10 PB in all

    private static final byte[] NAME = "train/part-0000000.tfrecord".getBytes(UTF_8);
    private static final int DIGITS_END = "train/part-000000".length();

    private ScaleSimulation() {}

    private record Entry(int number, long size) {}

    private static final ChannelOrder.Packing<Entry> PACKING = new ChannelOrder.Packing<>() {
        @Override
        public byte[] pack(Entry entry) {
            ByteBuffer packed = ByteBuffer.allocate(Long.BYTES + Integer.BYTES + NAME.length)
                    .putLong(entry.size)
                    .putInt(entry.number)
                    .put(NAME);
            int left = entry.number;
            for (int at = Long.BYTES + Integer.BYTES + DIGITS_END; left > 0; at--) {
                packed.put(at, (byte) ('0' + left % 10));
                left /= 10;
            }
            return packed.array();
        }

        @Override
        public long size(Entry entry) {
            return entry.size;
        }

        @Override
        public Entry unpack(byte[] bytes) {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            long size = in.getLong();
            return new Entry(in.getInt(), size);
        }
    };

    public static void main(String[] args) {
        long[] sizes = sizes();
        ChannelOrder order = ChannelOrder.listed().shuffle(42);
        split("by count", order.shard(HOSTS, 0), sizes);
        split("by bytes", order.shardByBytes(HOSTS, 0), sizes);
        eachOnce(order, sizes);
    }

    private static long[] sizes() {
        Random random = new Random(1);
        long[] sizes = new long[OBJECTS];
        double most = Math.exp(0.5) * MEDIAN_BYTES * OBJECTS / HOSTS / 5;
        for (int i = 0; i < OBJECTS; i++) {
            sizes[i] = (long) Math.min(most, MEDIAN_BYTES * Math.exp(random.nextGaussian()));
        }
        return sizes;
    }

    private static Flux<Entry> listed(long[] sizes) {
        return Flux.range(0, OBJECTS).map(i -> new Entry(i, sizes[i]));
    }

    private static void split(String name, ChannelOrder order, long[] sizes) {
        long began = System.nanoTime();
        ChannelSplit split =
                Objects.requireNonNull(order.split(listed(sizes), PACKING).block());
        double seconds = (System.nanoTime() - began) / 1e9;
        System.out.printf("shared %s: imbalance %.3f %%, in %.2f s%n", name, 100 * split.imbalance(), seconds);
    }

    /** Lets some hosts read their share as a channel does. All of them together would list a thousand times. */
    private static void eachOnce(ChannelOrder order, long[] sizes) {
        BitSet seen = new BitSet(OBJECTS);
        long began = System.nanoTime();
        int hosts = 4; // of 4: each is a whole epoch of its host
        for (int host = 0; host < hosts; host++) {
            order.shardByBytes(hosts, host)
                    .apply(listed(sizes), PACKING)
                    .toStream(1)
                    .forEach(entry -> {
                        if (seen.get(entry.number)) {
                            throw new AssertionError("object " + entry.number + " twice");
                        }
                        seen.set(entry.number);
                    });
        }
        double seconds = (System.nanoTime() - began) / 1e9 / hosts;
        if (seen.cardinality() != OBJECTS) {
            throw new AssertionError("expected " + OBJECTS + " objects, but got " + seen.cardinality());
        }
        long host = System.nanoTime();
        long count = order.shardByBytes(HOSTS, 7)
                .apply(listed(sizes), PACKING)
                .count()
                .blockOptional()
                .orElseThrow();
        System.out.printf(
                "one host of %d: %d objects, in %.2f s; each object once over %d hosts, %.2f s for each%n",
                HOSTS, count, (System.nanoTime() - host) / 1e9, hosts, seconds);
        long peak = ManagementFactory.getMemoryPoolMXBeans().stream()
                .mapToLong(pool -> pool.getPeakUsage().getUsed())
                .sum();
        System.out.printf(
                "heap at most %d MB; all memory pools of the JVM at their peaks %d MB%n",
                Runtime.getRuntime().maxMemory() >> 20, peak >> 20);
    }
}
