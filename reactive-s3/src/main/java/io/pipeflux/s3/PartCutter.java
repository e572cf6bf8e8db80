package io.pipeflux.s3;

import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Cuts a stream into parts of one size, of which the last one may be shorter. An empty stream is one empty part. */
final class PartCutter {

    /** S3's limit. */
    private static final int MOST_PARTS = 10_000;

    private final S3Uri object;
    private final int partSize;
    private final Queue<byte[]> free = new ConcurrentLinkedQueue<>();
    private @Nullable PartBytes current;
    private int begun;

    PartCutter(S3Uri object, int partSize) {
        this.object = object;
        this.partSize = partSize;
    }

    /** Requests one chunk at a time, and only while a part is requested. */
    Flux<PartBytes> cut(Flux<ByteBuffer> bytes) {
        return bytes.concatMapIterable(chunk -> () -> new Parts(chunk.duplicate()), 1)
                .concatWith(Mono.fromSupplier(this::last));
    }

    private PartBytes current() {
        if (current == null) {
            if (begun == MOST_PARTS) {
                throw WriteFailures.tooManyParts(object, MOST_PARTS, partSize);
            }
            begun++;
            current = new PartBytes(begun, partSize, free);
        }
        return current;
    }

    private @Nullable PartBytes last() {
        return begun == 0 ? current() : current;
    }

    /** The parts that a chunk completes. Each is filled when it is asked for. */
    private final class Parts implements Iterator<PartBytes> {

        private final ByteBuffer chunk;

        Parts(ByteBuffer chunk) {
            this.chunk = chunk;
        }

        @Override
        public boolean hasNext() {
            if (!chunk.hasRemaining() && (current == null || !current.isFull())) {
                return false;
            }
            try {
                PartBytes part = current();
                part.fill(chunk);
                return part.isFull();
            } catch (Throwable t) { // Reactor would throw a fatal one to the source
                if (Exceptions.isFatal(t)) {
                    throw new CompletionException(t);
                }
                throw t;
            }
        }

        @Override
        public PartBytes next() {
            PartBytes part = current;
            if (part == null || !part.isFull()) {
                throw new NoSuchElementException();
            }
            current = null;
            return part;
        }
    }
}
