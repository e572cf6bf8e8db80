package io.pipeflux.s3;

import io.pipeflux.core.internal.Guarded;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Splits a stream into parts of the same size. The last part may be shorter. An empty stream yields one empty part. */
final class PartCutter {

    /** The maximum number of parts that S3 allows for an object. */
    private static final int MOST_PARTS = 10_000;

    private final S3Uri object;
    private final int partSize;
    private final PartBlocks memory;
    private @Nullable PartBytes current;
    private int begun;

    /** @param memory provides the blocks of the parts */
    PartCutter(S3Uri object, int partSize, PartBlocks memory) {
        this.object = object;
        this.partSize = partSize;
        this.memory = memory;
    }

    /** Splits the stream. While downstream requests parts, chunks are requested from the stream one at a time. */
    Flux<PartBytes> cut(Flux<ByteBuffer> bytes) {
        return Guarded.map(bytes, this::filled)
                .concatMapIterable(parts -> parts, 1)
                .concatWith(Mono.fromSupplier(this::last));
    }

    /**
     * Copies a chunk into parts, and returns the parts that are now full. All bytes are copied immediately, even if no
     * further part has been requested, because the source may overwrite the chunk after {@code onNext} has returned.
     */
    private List<PartBytes> filled(ByteBuffer given) {
        ByteBuffer chunk = given.duplicate();
        List<PartBytes> full = new ArrayList<>();
        while (chunk.hasRemaining()) {
            PartBytes part = current();
            part.fill(chunk);
            if (part.isFull()) {
                full.add(part);
                current = null;
            }
        }
        return full;
    }

    private PartBytes current() {
        if (current == null) {
            if (begun == MOST_PARTS) {
                throw WriteFailures.tooManyParts(object, MOST_PARTS, partSize);
            }
            begun++;
            current = new PartBytes(begun, partSize, memory);
        }
        return current;
    }

    private @Nullable PartBytes last() {
        return begun == 0 ? current() : current;
    }
}
