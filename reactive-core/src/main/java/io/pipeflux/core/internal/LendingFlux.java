package io.pipeflux.core.internal;

import java.nio.ByteBuffer;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;

/** Marks a source as one that lends its chunks. Passes each subscriber on to that source unchanged. */
public final class LendingFlux extends FluxOperator<ByteBuffer, ByteBuffer> implements LendsChunks {

    private final ChunkMemory memory;

    private LendingFlux(Flux<ByteBuffer> chunks, ChunkMemory memory) {
        super(chunks);
        this.memory = memory;
    }

    /**
     * Returns a source that lends its chunks.
     *
     * @param chunks emits chunks whose arrays come from {@code memory}. The operators that form this {@code Flux} must
     *     not keep a chunk, nor show it to user code
     */
    @SuppressWarnings("ReferenceEquality") // the same Flux object
    public static Flux<ByteBuffer> of(Flux<ByteBuffer> chunks, ChunkMemory memory) {
        Flux<ByteBuffer> lending = new LendingFlux(chunks, memory);
        // if an assembly hook has wrapped the Flux, the hook's code may see the chunks
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
     * Returns whether an operator is Reactor's operator with the given name. Returns false if a hook has wrapped the
     * operator, because the hook's code may then see and keep chunks.
     */
    public static boolean isBare(Flux<?> operator, String name) {
        return operator.getClass().getName().equals("reactor.core.publisher." + name);
    }
}
