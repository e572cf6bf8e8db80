package io.pipeflux.s3;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import io.pipeflux.s3.test.EndlessStore;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Reads all objects of a store through the window of the default options, checks every byte, and stops again and again
 * until the window is full. Says how many bytes it read, and how many it held at most.
 */
final class SmallHeapMain {

    static final long WINDOW = 64L << 20;
    private static final long STOP_EVERY = 97L << 20; // in the middle of a part
    /** The window less a part, which has no room when part of another is still there. */
    static final long FULL = 56L << 20;

    private static final long LOOK_NANOS = Duration.ofMillis(10).toNanos();
    private static final long PATIENCE_NANOS = Duration.ofMinutes(2).toNanos();

    private final PipelineMonitor monitor = PipelineMonitor.create("small heap");
    private final byte[] block = EndlessStore.block();
    private final long total;
    private long read;
    private long inObject;
    private long mostHeld;

    private SmallHeapMain(long total) {
        this.total = total;
    }

    public static void main(String[] args) {
        try (S3AsyncClient client = S3AsyncClient.builder()
                .endpointOverride(URI.create("http://127.0.0.1:" + args[0]))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .httpClientBuilder(ReactorNettyHttpClient.builder())
                .build()) {
            new SmallHeapMain(Long.parseLong(args[1])).read(client);
        }
    }

    private void read(S3AsyncClient client) {
        long begun = System.nanoTime();
        S3Channels.prefix(client, "s3://bucket/")
                .objects()
                .concatMap(this::checked, 0)
                .contextWrite(monitor.watch())
                .blockLast();
        long gcs = ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(gc -> gc.getCollectionCount())
                .sum();
        System.out.println(read + " bytes read, " + mostHeld + " held at most, heap "
                + (Runtime.getRuntime().maxMemory() >> 20) + " MiB, " + gcs + " collections, "
                + (System.nanoTime() - begun) / 1_000_000 + " ms");
    }

    private Flux<ByteBuffer> checked(ObjectBytes object) {
        return Flux.defer(() -> {
            inObject = 0;
            return object.bytes().doOnNext(this::take);
        });
    }

    private void take(ByteBuffer chunk) {
        int length = chunk.remaining();
        for (ByteBuffer left = chunk.duplicate(); left.hasRemaining(); ) {
            int begin = (int) (inObject % block.length);
            int count = Math.min(block.length - begin, left.remaining());
            ByteBuffer expected = ByteBuffer.wrap(block, begin, count);
            if (!left.slice(left.position(), count).equals(expected)) {
                throw new IllegalStateException("wrong bytes behind " + inObject);
            }
            left.position(left.position() + count);
            inObject += count;
        }
        if (read / STOP_EVERY != (read + length) / STOP_EVERY && total - read > WINDOW) {
            waitUntilFull();
        }
        read += length;
    }

    private void waitUntilFull() {
        long until = System.nanoTime() + PATIENCE_NANOS;
        do {
            LockSupport.parkNanos(LOOK_NANOS);
            mostHeld = Math.max(mostHeld, monitor.queuedBytes());
        } while (monitor.queuedBytes() < FULL && System.nanoTime() < until);
    }
}
