package io.pipeflux.flink;

import io.pipeflux.core.ObjectBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import reactor.core.publisher.Flux;

/** Reads the bytes of an object up to the end of a split. Fails if the object's stream ends before the split does. */
final class SplitBytes {

    private final ObjectBytes object;
    private final long end;
    private long at;

    private SplitBytes(ObjectBytes object, long from, long end) {
        this.object = object;
        this.at = from;
        this.end = end;
    }

    static Flux<ByteBuffer> of(ObjectBytes object, long from, long end) {
        return from >= end ? Flux.empty() : Flux.defer(() -> new SplitBytes(object, from, end).read());
    }

    private Flux<ByteBuffer> read() {
        return object.bytes(at)
                .map(this::cut)
                .takeUntil(chunk -> at == end)
                .concatWith(Flux.defer(() -> at == end
                        ? Flux.empty()
                        : Flux.error(new IOException("expected the bytes of " + object.key() + " up to " + end
                                + ", but the object ended at byte " + at))));
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
