package io.pipeflux.core.codec;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Inflates an object to determine its inflated size. Keeps the inflated bytes in memory if they do not exceed a limit.
 */
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
                size <= memoryBytes ? Flux.fromIterable(held).map(ByteBuffer::duplicate) : again(object, inflate);
        return object.withBytes(size, from -> from(bytes, from));
    }

    /**
     * Reads the object a second time. Fails if the size differs from that of the first read, because that size was
     * already returned.
     */
    private Flux<ByteBuffer> again(ObjectBytes object, Function<ObjectBytes, Flux<ByteBuffer>> inflate) {
        return Flux.defer(() -> {
            long[] found = {0};
            return inflate.apply(object)
                    .doOnNext(chunk -> {
                        found[0] += chunk.remaining();
                        if (found[0] > size) {
                            throw changed(object, "more");
                        }
                    })
                    .concatWith(Mono.defer(() ->
                            found[0] == size ? Mono.empty() : Mono.error(changed(object, Long.toString(found[0])))));
        });
    }

    private ObjectReadException changed(ObjectBytes object, String found) {
        return CoreAccess.exception(
                ObjectReadException.class,
                ErrorKind.CHANGED,
                "the object changed between two reads: expected " + size
                        + " inflated bytes, as in the first read, but got " + found,
                object.key(),
                null,
                null);
    }

    /** Returns the bytes from an offset on. The bytes before the offset are read, too, but dropped. */
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
