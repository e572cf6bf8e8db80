package io.pipeflux.test;

import java.nio.ByteBuffer;
import java.util.List;
import reactor.core.publisher.Flux;

/**
 * One way to cut the bytes of a stream into chunks.
 *
 * @param name says how they were cut, for messages
 * @param chunks the chunks in their order
 */
public record Chunking(String name, List<ByteBuffer> chunks) {

    /** The chunks as a stream; each subscription gets views of its own. */
    public Flux<ByteBuffer> bytes() {
        return Flux.fromIterable(chunks).map(ByteBuffer::duplicate);
    }

    @Override
    public String toString() {
        return name;
    }
}
