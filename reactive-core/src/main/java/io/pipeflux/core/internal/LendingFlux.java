package io.pipeflux.core.internal;

import java.nio.ByteBuffer;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;

/** States that a source lends its chunks, and passes the subscriber on to it. */
public final class LendingFlux extends FluxOperator<ByteBuffer, ByteBuffer> implements LendsChunks {

    private final ChunkMemory memory;

    private LendingFlux(Flux<ByteBuffer> chunks, ChunkMemory memory) {
        super(chunks);
        this.memory = memory;
    }

    /**
     * Returns a source that lends its chunks.
     *
     * @param chunks emits chunks from the memory; all its operators are ours, and none keeps a chunk
     */
    @SuppressWarnings("ReferenceEquality") // the very Flux
    public static Flux<ByteBuffer> of(Flux<ByteBuffer> chunks, ChunkMemory memory) {
        Flux<ByteBuffer> lending = new LendingFlux(chunks, memory);
        // a hook on assembly sees the chunks, and so may its user
        return onAssembly(lending) == lending ? lending : chunks;
    }

    @Override
    public void subscribe(CoreSubscriber<? super ByteBuffer> actual) {
        source.subscribe(actual);
    }

    @Override
    public ChunkMemory chunkMemory() {
        return memory;
    }

    /**
     * Returns whether an operator is Reactor's own of that name, and not what a hook has made of it, through which its
     * user may see and keep chunks.
     */
    public static boolean isBare(Flux<?> operator, String name) {
        return operator.getClass().getName().equals("reactor.core.publisher." + name);
    }
}
