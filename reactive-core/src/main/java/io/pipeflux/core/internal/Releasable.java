package io.pipeflux.core.internal;

/**
 * An element that holds memory for which other code may be waiting. {@link Discards} releases this memory if no
 * subscriber will receive the element. The interface exists because this module releases columnar batches, but does not
 * depend on their type.
 */
public interface Releasable {

    /** Releases the memory. Further calls have no effect. */
    void release();
}
