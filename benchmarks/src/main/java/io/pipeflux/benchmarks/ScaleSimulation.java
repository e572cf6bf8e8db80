package io.pipeflux.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.channel.ChannelOrder;
import io.pipeflux.core.channel.ChannelSplit;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Objects;
import java.util.Random;
import reactor.core.publisher.Flux;

/**
 * Divides 1,000,000 objects among 1,000 hosts. Then simulates an epoch on 4 hosts, or on 1,000 hosts if the argument is
 * {@code all}. Each host reads its share, and every object must be read exactly once. The objects' sizes have a
 * lognormal distribution (sigma 1), limited to a fifth of a host's share. The program prints the imbalance, the time
 * and the memory. The objects are generated, so no store is needed.
 */
public final class ScaleSimulation {

    private static final int HOSTS = 1_000;
    private static final int OBJECTS = 1_000_000;
    private static final double MEDIAN_BYTES = 6e9; // the mean is about 10 GB, so the objects total about 10 PB

    private static final byte[] NAME = "train/part-0000000.tfrecord".getBytes(UTF_8);
    private static final int DIGITS_START = "train/part-".length();
    private static final int DIGITS_END = DIGITS_START + 7;

    private ScaleSimulation() {}

    private record Entry(int number, long size) {}

    /** Stores an entry compactly, as size and name. Unpacking parses the entry's number from the name. */
    private static final ChannelOrder.Packing<Entry> PACKING = new ChannelOrder.Packing<>() {
        @Override
        public byte[] pack(Entry entry) {
            ByteBuffer packed = ByteBuffer.allocate(Long.BYTES + NAME.length)
                    .putLong(entry.size)
                    .put(NAME);
            int left = entry.number;
            for (int at = Long.BYTES + DIGITS_END - 1; left > 0; at--) {
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
            int number = 0;
            for (int at = Long.BYTES + DIGITS_START; at < Long.BYTES + DIGITS_END; at++) {
                number = 10 * number + bytes[at] - '0';
            }
            return new Entry(number, ByteBuffer.wrap(bytes).getLong());
        }
    };

    public static void main(String[] args) {
        long[] sizes = sizes();
        ChannelOrder order = ChannelOrder.listed().shuffle(42);
        split("by count", order.shard(HOSTS, 0), sizes);
        for (int round = 0; round < 3; round++) {
            split("by bytes", order.shardByBytes(HOSTS, 0), sizes);
        }
        if (args.length > 0 && args[0].equals("all")) {
            eachOnce(order, sizes, HOSTS);
        } else {
            eachOnce(order, sizes, 4);
        }
        PeakMemory.print();
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

    /**
     * Lets each host read its share of an epoch as a channel does: each host lists, shuffles and divides the objects
     * independently of the other hosts.
     */
    private static void eachOnce(ChannelOrder order, long[] sizes, int hosts) {
        BitSet seen = new BitSet(OBJECTS);
        long[] bytes = new long[hosts];
        long began = System.nanoTime();
        for (int host = 0; host < hosts; host++) {
            int of = host;
            order.shardByBytes(hosts, host)
                    .apply(listed(sizes), PACKING)
                    .doOnNext(entry -> {
                        if (seen.get(entry.number) || entry.size != sizes[entry.number]) {
                            throw new AssertionError("object " + entry.number + " twice, or of another size");
                        }
                        seen.set(entry.number);
                        bytes[of] += entry.size;
                    })
                    .blockLast();
        }
        double seconds = (System.nanoTime() - began) / 1e9 / hosts;
        if (seen.cardinality() != OBJECTS) {
            throw new AssertionError("expected " + OBJECTS + " objects, but got " + seen.cardinality());
        }
        double average = Arrays.stream(bytes).sum() / (double) hosts;
        System.out.printf(
                "each of %d objects once over %d hosts, imbalance %.4f %%, %.2f s for each host%n",
                OBJECTS, hosts, 100 * (Arrays.stream(bytes).max().orElse(0) / average - 1), seconds);
    }
}
