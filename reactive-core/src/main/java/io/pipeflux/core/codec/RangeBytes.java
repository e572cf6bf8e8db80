package io.pipeflux.core.codec;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Guarded;
import java.nio.ByteBuffer;
import reactor.core.publisher.Flux;

/** Reads a range of an object's bytes. */
final class RangeBytes {

    private long at;
    private final long end;

    private RangeBytes(long from, long end) {
        this.at = from;
        this.end = end;
    }

    static Flux<ByteBuffer> of(ObjectBytes object, long from, long end) {
        return from == end ? Flux.empty() : Guarded.defer(() -> new RangeBytes(from, end).read(object));
    }

    private Flux<ByteBuffer> read(ObjectBytes object) {
        return object.bytes(at)
                .map(this::cut)
                .takeUntil(chunk -> at == end)
                .concatWith(Flux.defer(() -> at == end
                        ? Flux.empty()
                        : Flux.error(CoreAccess.exception(
                                ObjectReadException.class,
                                ErrorKind.CHANGED,
                                "expected bytes up to " + end + ", but the object ended at byte " + at,
                                object.key(),
                                null,
                                null))));
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
