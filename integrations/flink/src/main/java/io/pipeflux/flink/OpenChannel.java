package io.pipeflux.flink;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.channel.ObjectRef;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** A channel with its client, in one process. Closed by who opened it, after the last use. */
interface OpenChannel extends AutoCloseable {

    /**
     * Lists the objects of one epoch, whose number is that of the subscriber's {@link io.pipeflux.core.Pass}.
     *
     * @param seed the seed of the permutation, or null for the order of the list
     */
    Flux<ObjectRef> list(@Nullable Long seed);

    /** Reads objects in the order of their references, which may arrive later. */
    Flux<ObjectBytes> read(Flux<ObjectRef> objects);

    @Override
    void close();
}
