package io.pipeflux.core.internal;

import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;

/**
 * A subscriber that hands elements over to another thread. It is notified of runs, so that it can hand over many
 * elements together. A run is a sequence of elements that follow each other immediately.
 *
 * <pre>
 *   one chunk:   runBegins  onNext onNext ... onNext  runEnds
 * </pre>
 *
 * <p>Between {@link #runBegins} and {@link #runEnds}, the signalling thread runs no user code that could wait for the
 * results of the elements. A user's operator does not implement this interface, so there are no runs downstream of such
 * an operator. A decoder that reports skipped records to user code signals no runs. All methods are called by the
 * thread that signals the elements.
 */
public interface RunSubscriber<T> extends CoreSubscriber<T> {

    /** Signals the start of a run. Called before the first element of the run. */
    void runBegins();

    /** Signals the end of a run. Called after the last element of the run. The next element may arrive much later. */
    void runEnds();

    /** Returns whether the bytes of an element are no longer needed after this subscriber has processed the element. */
    default boolean letsGo() {
        return false;
    }

    /**
     * Signals the end of a chunk. Called after the last element whose bytes are in the chunk. If {@link #letsGo}
     * returns true, the subscriber gives the chunk back after it has processed all elements that arrived before this
     * call.
     */
    default void chunkEnds(byte[] chunk, ChunkMemory memory) {}

    /** Returns the subscriber as a {@code RunSubscriber}, or null if it does not implement this interface. */
    @SuppressWarnings("unchecked") // the element type is the same
    static <T> @Nullable RunSubscriber<? super T> of(CoreSubscriber<? super T> actual) {
        return actual instanceof RunSubscriber<?> ? (RunSubscriber<? super T>) actual : null;
    }
}
