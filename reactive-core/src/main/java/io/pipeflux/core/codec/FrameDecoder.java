package io.pipeflux.core.codec;

import io.pipeflux.core.SkipPolicy;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a byte stream into frames. A decoder is a plain synchronous object with the state of one stream. A new one is
 * created for each object or, in a stream without objects, for each subscription. Its methods are called by one thread
 * at a time.
 *
 * <pre>
 *                    more bytes                        end of input
 *   decode(in) ---- null: too few ----&gt; decode(in)   decodeEnd(in) --- null, nothing left: the stream ends
 *        |                                                  |      --- null, bytes left: truncated
 *        +--- frame: emitted, decode(in) again              +--- frame: emitted, decodeEnd(in) again
 * </pre>
 *
 * <p>An exception ends the stream, unless it is that of {@link FrameBuffer#corruptFrame} and the {@link SkipPolicy}
 * skips the frame. After the end only {@link #close} is called.
 *
 * @param <T> the type of the frames
 */
@FunctionalInterface
public interface FrameDecoder<T> {

    /**
     * Removes the next frame from the buffer and returns it.
     *
     * @param in the unread bytes that have arrived, perhaps none. Bytes that are not removed remain for the next call
     * @return the frame, or null if it has not arrived completely
     * @throws io.pipeflux.core.PipefluxException if the bytes are not a valid frame
     */
    @Nullable
    T decode(FrameBuffer in);

    /**
     * Removes the next frame from the buffer and returns it, when no more bytes will arrive. It is called until it
     * returns null. Bytes that are left then are a truncated frame. By default it calls {@link #decode}, which is right
     * for formats whose frames mark their own end.
     */
    default @Nullable T decodeEnd(FrameBuffer in) {
        return decode(in);
    }

    /**
     * Releases resources when the stream has ended, failed or been cancelled. Called once. By default it does nothing.
     */
    default void close() {}
}
