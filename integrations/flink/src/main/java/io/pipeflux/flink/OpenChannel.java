package io.pipeflux.flink;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.channel.ObjectRef;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * An open channel in one process, with its client if it needs one. The code that opened the channel closes it after the
 * last use.
 */
interface OpenChannel extends AutoCloseable {

    /**
     * Lists the objects of one epoch. The {@link io.pipeflux.core.Pass} of the subscriber contains the epoch's number.
     *
     * @param seed the seed of the permutation, or null for the order of the list
     */
    Flux<ObjectRef> list(@Nullable Long seed);

    /** Reads objects in the order of their references. References may still arrive while objects are being read. */
    Flux<ObjectBytes> read(Flux<ObjectRef> objects);

    /** Reads an object up to an offset. Bytes after the offset are not requested from the store. */
    Flux<ObjectBytes> read(ObjectRef object, long end);

    /**
     * Reads the index that {@code DatasetWriter} writes for an object. The result is empty if the object has no index.
     */
    Mono<ObjectBytes> index(ObjectRef object);

    @Override
    void close();
}
