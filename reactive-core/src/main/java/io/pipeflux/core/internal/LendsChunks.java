package io.pipeflux.core.internal;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;

/** A source of chunks that uses the arrays of its chunks again when they are given back. */
public interface LendsChunks {

    /** Returns where to give the arrays back. */
    ChunkMemory chunkMemory();

    /** Returns the memory of a source if it lends its chunks, or null. An operator on the source does not lend. */
    static @Nullable ChunkMemory of(Publisher<?> source) {
        return source instanceof LendsChunks lender ? lender.chunkMemory() : null;
    }

    /**
     * Returns a source that lends its chunks.
     *
     * @param chunks emits chunks from the memory; all its operators are ours, and none keeps a chunk
     */
    static Flux<ByteBuffer> from(Flux<ByteBuffer> chunks, ChunkMemory memory) {
        return Lending.of(chunks, memory);
    }

    /** Passes the subscriber on. */
    final class Lending extends FluxOperator<ByteBuffer, ByteBuffer> implements LendsChunks {

        private final ChunkMemory memory;

        private Lending(Flux<ByteBuffer> chunks, ChunkMemory memory) {
            super(chunks);
            this.memory = memory;
        }

        @SuppressWarnings("ReferenceEquality") // the very Flux
        static Flux<ByteBuffer> of(Flux<ByteBuffer> chunks, ChunkMemory memory) {
            Lending lending = new Lending(chunks, memory);
            // a hook on assembly sees the chunks, and so may a user of it
            return onAssembly((Flux<ByteBuffer>) lending) == lending ? lending : chunks;
        }

        @Override
        public void subscribe(CoreSubscriber<? super ByteBuffer> actual) {
            source.subscribe(actual);
        }

        @Override
        public ChunkMemory chunkMemory() {
            return memory;
        }
    }
}
