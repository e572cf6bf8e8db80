package io.pipeflux.core.internal;

import java.nio.ByteBuffer;
import java.util.function.LongFunction;
import reactor.core.publisher.Flux;

/** Reads a range of bytes, and fails if the bytes end before the range does. */
public final class RangeBytes {

    private final LongFunction<Flux<ByteBuffer>> bytesFrom;
    private final long end;
    private final LongFunction<Throwable> endedAt;
    private long at;

    private RangeBytes(LongFunction<Flux<ByteBuffer>> bytesFrom, long from, long end, LongFunction<Throwable> endedAt) {
        this.bytesFrom = bytesFrom;
        this.at = from;
        this.end = end;
        this.endedAt = endedAt;
    }

    /**
     * Returns the bytes from offset {@code from} to offset {@code end}.
     *
     * @param bytesFrom returns the bytes from a given offset on
     * @param endedAt returns the error to signal if the bytes end before {@code end}; receives the offset at which they
     *     end
     */
    public static Flux<ByteBuffer> of(
            LongFunction<Flux<ByteBuffer>> bytesFrom, long from, long end, LongFunction<Throwable> endedAt) {
        return from == end ? Flux.empty() : Guarded.defer(() -> new RangeBytes(bytesFrom, from, end, endedAt).read());
    }

    private Flux<ByteBuffer> read() {
        return bytesFrom
                .apply(at)
                .map(this::cut)
                .takeUntil(chunk -> at == end)
                .concatWith(Flux.defer(() -> at == end ? Flux.empty() : Flux.error(endedAt.apply(at))));
    }

    private ByteBuffer cut(ByteBuffer chunk) {
        long left = end - at;
        if (chunk.remaining() <= left) {
            at += chunk.remaining();
            return chunk;
        }
        at = end;
        return chunk.slice(chunk.position(), (int) left);
    }
}
