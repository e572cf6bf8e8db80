package io.pipeflux.benchmarks.s3;

import com.sun.management.OperatingSystemMXBean;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.s3.S3Channel;
import io.pipeflux.s3.S3Channels;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Measures the cost of the object cache with two comparisons. The first one compares a later epoch of a cached channel
 * with reading local files. One JVM reads the same bytes alternately through the cache and through {@link
 * DirectoryChannel}. In both cases, the bytes come from the page cache. The second one compares a first epoch that
 * writes the cache with a first epoch that does not. For each comparison, prints the MiB/s and the CPU seconds per GB
 * of both sides, and the median ratio of their speeds. The arguments are the size of an object in MiB, the number of
 * objects, the number of pairs of reads, and the number of warm-up pairs.
 */
final class CacheReads {

    private record Cost(double mibPerSecond, double cpuSecondsPerGb) {}

    private CacheReads() {}

    public static void main(String[] args) throws Exception {
        Objects objects = new Objects((long) (Double.parseDouble(args[0]) * (1 << 20)), Integer.parseInt(args[1]));
        int pairs = Integer.parseInt(args[2]);
        int before = Integer.parseInt(args[3]);
        Path root = Files.createTempDirectory("pipeflux-cache-");
        try (Store store = Store.start(Store.data(objects.size()), 0);
                S3AsyncClient client = S3AsyncClient.builder()
                        .endpointOverride(URI.create("http://127.0.0.1:" + store.port()))
                        .region(Region.US_EAST_1)
                        .forcePathStyle(true)
                        .credentialsProvider(AnonymousCredentialsProvider.create())
                        .httpClientBuilder(ReactorNettyHttpClient.builder())
                        .build()) {
            S3Channel plain = S3Channels.prefix(client, "s3://bench/" + objects.prefix());
            Path files = Files.createDirectory(root.resolve("files"));
            int number = 0;
            for (var object : plain.objects().toIterable(1)) {
                try (var out = Files.newOutputStream(files.resolve(String.format(Locale.ROOT, "%07d", number++)))) {
                    for (ByteBuffer chunk : object.bytes().toIterable(1)) {
                        out.write(chunk.array(), chunk.arrayOffset() + chunk.position(), chunk.remaining());
                    }
                }
            }
            S3Channel cached = plain.cachedIn(root.resolve("cache"), 2 * objects.bytes() + (1 << 20));
            cost(cached.bytes(), objects);
            compare("cache", cached.bytes(), "files", DirectoryChannel.of(files).bytes(), objects, pairs, before);
            Path again = root.resolve("again");
            compare(
                    "first epoch, kept",
                    Flux.defer(() -> {
                        remove(again);
                        return plain.cachedIn(again, 2 * objects.bytes() + (1 << 20))
                                .bytes();
                    }),
                    "first epoch, not kept",
                    plain.bytes(),
                    objects,
                    pairs,
                    Math.min(2, before));
        } finally {
            remove(root);
        }
        System.exit(0);
    }

    private static void remove(Path root) {
        if (Files.exists(root)) {
            try (Stream<Path> all = Files.walk(root)) {
                for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void compare(
            String a, Flux<ByteBuffer> ofA, String b, Flux<ByteBuffer> ofB, Objects objects, int pairs, int before) {
        Cost[] costsOfA = new Cost[pairs];
        Cost[] costsOfB = new Cost[pairs];
        for (int i = -before; i < pairs; i++) {
            Cost costOfA = cost(ofA, objects);
            Cost costOfB = cost(ofB, objects);
            if (i >= 0) {
                costsOfA[i] = costOfA;
                costsOfB[i] = costOfB;
            }
        }
        double[] ratios = new double[pairs];
        for (int i = 0; i < pairs; i++) {
            ratios[i] = costsOfA[i].mibPerSecond / costsOfB[i].mibPerSecond;
        }
        Arrays.sort(ratios);
        for (var side : new Object[][] {{a, costsOfA}, {b, costsOfB}}) {
            Cost[] costs = (Cost[]) side[1];
            System.out.printf(
                    Locale.ROOT,
                    "%s: %.0f MiB/s, %.3f CPU s/GB%n",
                    side[0],
                    median(costs, Cost::mibPerSecond),
                    median(costs, Cost::cpuSecondsPerGb));
        }
        System.out.printf(
                Locale.ROOT,
                "%s is %.2f times as fast as %s (%.2f to %.2f), median of %d pairs%n",
                a,
                ratios[pairs / 2],
                b,
                ratios[0],
                ratios[pairs - 1],
                pairs);
    }

    private static double median(Cost[] costs, ToDoubleFunction<Cost> figure) {
        return Arrays.stream(costs).mapToDouble(figure).sorted().toArray()[costs.length / 2];
    }

    private static Cost cost(Flux<ByteBuffer> bytes, Objects objects) {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long cpu = system.getProcessCpuTime();
        long begun = System.nanoTime();
        LongAdder sum = new LongAdder();
        bytes.doOnNext(chunk -> sum.add(chunk.remaining())).blockLast();
        long read = sum.sum();
        if (read != objects.bytes()) {
            throw new IllegalStateException("expected " + objects.bytes() + " bytes, but got " + read);
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        return new Cost(read / seconds / (1 << 20), (system.getProcessCpuTime() - cpu) / (double) read);
    }
}
