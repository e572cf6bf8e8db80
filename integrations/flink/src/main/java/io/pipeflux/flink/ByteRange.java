package io.pipeflux.flink;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;

/** Cuts streams of bytes. */
final class ByteRange {

    private ByteRange() {}

    /** Returns the first bytes of a stream, and cancels it after them. A stream that is shorter ends early. */
    static Flux<ByteBuffer> limit(Flux<ByteBuffer> bytes, long length) {
        if (length <= 0) {
            return Flux.empty();
        }
        return Flux.defer(() -> {
            AtomicLong left = new AtomicLong(length);
            return bytes.map(chunk -> {
                        long before = left.getAndAdd(-chunk.remaining());
                        return before >= chunk.remaining() ? chunk : chunk.slice(chunk.position(), (int) before);
                    })
                    .takeUntil(chunk -> left.get() <= 0);
        });
    }
}
