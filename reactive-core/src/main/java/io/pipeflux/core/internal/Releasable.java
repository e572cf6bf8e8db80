package io.pipeflux.core.internal;

/**
 * An element that holds memory which other code may wait for. {@link Discards} releases this memory if no subscriber
 * will receive the element. Batches of columns are such elements, but this module does not know their type.
 */
public interface Releasable {

    /** Releases the memory. Further calls have no effect. */
    void release();
}
