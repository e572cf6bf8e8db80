package io.pipeflux.core.internal;

import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;

/**
 * A subscriber that hands elements over to another thread, and is notified when several elements follow immediately. It
 * can then hand over many together.
 *
 * <pre>
 *   one chunk:   runBegins  onNext onNext ... onNext  runEnds
 * </pre>
 *
 * <p>Between the two, no user's code runs on that thread that could wait for the results of the elements. A user's
 * operator is not such a subscriber, so there are no runs downstream of it. A decoder that reports skipped records to a
 * user's code signals no runs. All methods are called by the thread that signals the elements.
 */
public interface RunSubscriber<T> extends CoreSubscriber<T> {

    /** Called before the first element of a run. */
    void runBegins();

    /** Called after the last element of a run: it may be a while until the next element. */
    void runEnds();

    /** Returns whether an element's bytes are no longer needed when this subscriber has processed it. */
    default boolean letsGo() {
        return false;
    }

    /**
     * Called after the last element whose bytes are in a chunk. A subscriber that {@linkplain #letsGo lets go} gives
     * the chunk back when it has done its work with all elements before.
     */
    default void chunkEnds(byte[] chunk, ChunkMemory memory) {}

    /** Returns the subscriber if it wants to be told, or null. */
    @SuppressWarnings("unchecked") // of the same element type
    static <T> @Nullable RunSubscriber<? super T> of(CoreSubscriber<? super T> actual) {
        return actual instanceof RunSubscriber<?> ? (RunSubscriber<? super T>) actual : null;
    }
}
