package io.pipeflux.benchmarks.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.benchmarks.PeakMemory;
import io.pipeflux.core.channel.ChannelSplit;
import io.pipeflux.s3.S3Channel;
import io.pipeflux.s3.S3Channels;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Compares two ways to divide 1,000,000 objects among hosts: either each host lists the objects, or one host lists them
 * and writes a manifest, which all hosts read. Prints the time of each step, the size of the manifest, and the peak
 * memory. The store runs on the same machine, so the listing takes almost no network time.
 */
public final class ManifestFigures {

    private static final int OBJECTS = 1_000_000;
    private static final int HOSTS = 1_000;

    private ManifestFigures() {}

    public static void main(String[] args) throws Exception {
        String prefix = "s3://bench/" + new io.pipeflux.benchmarks.s3.Objects(100, OBJECTS).prefix();
        Path file = Files.createTempFile("pipeflux-manifest-", ".json");
        try (Store store = Store.start(file, 0);
                S3AsyncClient client = PrefixReading.sdk(store.port(), ReactorNettyHttpClient.builder())
                        .build()) {
            for (int round = 0; round < 3; round++) {
                shared("each host lists", S3Channels.prefix(client, prefix).shuffle(1));
                long began = System.nanoTime();
                write(S3Channels.prefix(client, prefix), prefix, file);
                System.out.printf(
                        "one host lists, and writes a manifest of %d bytes: %.2f s%n",
                        Files.size(file), (System.nanoTime() - began) / 1e9);
                String manifest = "s3://bench/" + Files.size(file) + "-1/0";
                shared(
                        "each host reads the manifest",
                        S3Channels.manifest(client, manifest).shuffle(1));
            }
        } finally {
            Files.deleteIfExists(file);
        }
        PeakMemory.print();
        System.exit(0);
    }

    private static void shared(String name, S3Channel channel) {
        long began = System.nanoTime();
        ChannelSplit split =
                Objects.requireNonNull(channel.shard(HOSTS, 7).split().block());
        if (split.objects(7) != OBJECTS / HOSTS) {
            throw new AssertionError("expected " + OBJECTS / HOSTS + " objects, but got " + split.objects(7));
        }
        System.out.printf("%s: %.2f s%n", name, (System.nanoTime() - began) / 1e9);
    }

    private static void write(S3Channel channel, String prefix, Path file) throws IOException {
        try (BufferedWriter out = Files.newBufferedWriter(file, UTF_8)) {
            out.write("[{\"prefix\":\"" + prefix + "\"}");
            channel.list()
                    .doOnNext(object -> {
                        try { // the names consist of digits, so they need no JSON escapes
                            out.write(
                                    ",\"" + object.key().substring(object.key().lastIndexOf('/') + 1) + "\"");
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    })
                    .blockLast();
            out.write("]");
        }
    }
}
