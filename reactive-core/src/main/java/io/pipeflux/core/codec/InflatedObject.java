package io.pipeflux.core.codec;

import io.pipeflux.core.ObjectBytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Inflates an object to learn its size, holding its bytes as long as they are few. */
final class InflatedObject {

    private final int memoryBytes;
    private final List<ByteBuffer> held = new ArrayList<>();
    private long size;

    private InflatedObject(int memoryBytes) {
        this.memoryBytes = memoryBytes;
    }

    static Mono<ObjectBytes> of(ObjectBytes object, Function<ObjectBytes, Flux<ByteBuffer>> inflate, int memoryBytes) {
        return inflate.apply(object)
                .collect(() -> new InflatedObject(memoryBytes), InflatedObject::add)
                .map(inflated -> inflated.object(object, inflate));
    }

    private void add(ByteBuffer chunk) {
        size += chunk.remaining();
        if (size <= memoryBytes) {
            held.add(chunk);
        } else {
            held.clear();
        }
    }

    private ObjectBytes object(ObjectBytes object, Function<ObjectBytes, Flux<ByteBuffer>> inflate) {
        Flux<ByteBuffer> bytes =
                size <= memoryBytes ? Flux.fromIterable(held).map(ByteBuffer::duplicate) : inflate.apply(object);
        return ObjectBytes.of(object.key(), object.ordinal(), size, object.etag(), from -> from(bytes, from));
    }

    /** The bytes from an offset on: what is before is read and left out. */
    private static Flux<ByteBuffer> from(Flux<ByteBuffer> bytes, long from) {
        return from == 0
                ? bytes
                : Flux.defer(() -> {
                    long[] toSkip = {from};
                    return bytes.map(chunk -> {
                                int skipped = (int) Math.min(toSkip[0], chunk.remaining());
                                toSkip[0] -= skipped;
                                return chunk.duplicate().position(chunk.position() + skipped);
                            })
                            .filter(ByteBuffer::hasRemaining);
                });
    }
}
