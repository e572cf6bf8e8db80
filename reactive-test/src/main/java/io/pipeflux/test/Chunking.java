package io.pipeflux.test;

import java.nio.ByteBuffer;
import java.util.List;
import reactor.core.publisher.Flux;

/**
 * One way to split the bytes of a stream into chunks.
 *
 * @param name describes the split, for messages
 * @param chunks the chunks, in order
 */
public record Chunking(String name, List<ByteBuffer> chunks) {

    /** Emits the chunks. Each subscription gets its own views of the buffers. */
    public Flux<ByteBuffer> bytes() {
        return Flux.fromIterable(chunks).map(ByteBuffer::duplicate);
    }

    @Override
    public String toString() {
        return name;
    }
}
