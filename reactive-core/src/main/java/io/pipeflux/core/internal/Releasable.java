package io.pipeflux.core.internal;

/**
 * An element with memory that somebody waits for: {@link Discards} gives it back when no subscriber will receive the
 * element. Batches of columns are such elements, which this module does not know.
 */
public interface Releasable {

    /** Gives the memory back. Called again, it does nothing. */
    void release();
}
