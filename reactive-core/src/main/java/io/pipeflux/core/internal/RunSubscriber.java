package io.pipeflux.core.internal;

import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;

/**
 * A subscriber that hands elements over to another thread, and is told when more of them follow at once. It can then
 * hand over many together.
 *
 * <pre>
 *   one chunk:   runBegins  onNext onNext ... onNext  runEnds
 * </pre>
 *
 * <p>Between the two, no code of users runs on that thread that could wait for what the elements become. An operator of
 * theirs is no such subscriber, so there are no runs downstream of it, and a decoder that tells a user of skipped
 * records signals none. All methods are called by the thread that signals the elements.
 */
public interface RunSubscriber<T> extends CoreSubscriber<T> {

    /** Called before the first element of a run. */
    void runBegins();

    /** Called after the last element of a run: it may be a while until the next element. */
    void runEnds();

    /** Returns whether nobody needs an element's bytes when this subscriber has done its work with it. */
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
