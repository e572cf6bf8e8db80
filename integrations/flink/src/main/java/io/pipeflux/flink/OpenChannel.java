package io.pipeflux.flink;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.channel.ObjectRef;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

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

    /** Reads an object up to an offset. What is after it is not requested from a store. */
    Flux<ObjectBytes> read(ObjectRef object, long end);

    /** Reads the index that {@code DatasetWriter} writes beside an object. Without one the result is empty. */
    Mono<ObjectBytes> index(ObjectRef object);

    @Override
    void close();
}
