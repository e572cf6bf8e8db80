package io.pipeflux.core.codec;

import io.pipeflux.core.SkipPolicy;
import org.jspecify.annotations.Nullable;

/**
 * Splits a byte stream into frames. A decoder is a plain synchronous object that holds the state of one stream. A new
 * decoder is created for each object. For a stream that is not a stored object, a new decoder is created for each
 * subscription. Only one thread at a time calls a decoder's methods.
 *
 * <pre>
 *   decode(in)      returns a frame    emit the frame, and call decode(in) again
 *                   returns null       wait for more bytes, and call decode(in) again; at the end of the input,
 *                                      call decodeEnd(in) instead
 *   decodeEnd(in)   returns a frame    emit the frame, and call decodeEnd(in) again
 *                   returns null       if no bytes remain, complete; otherwise, fail because of a truncated frame
 * </pre>
 *
 * <p>If a decoder throws an exception, the stream usually ends. The stream continues only if
 * {@link FrameBuffer#corruptFrame} has created the exception and the {@link SkipPolicy} skips the frame. After the end,
 * only {@link #close} is called.
 *
 * @param <T> the type of the frames
 */
@FunctionalInterface
public interface FrameDecoder<T> {

    /**
     * Removes the next frame from the buffer and returns it.
     *
     * @param in the unread bytes that have arrived, if any. Bytes that are not removed remain for the next call
     * @return the frame, or null if the frame has not arrived completely
     * @throws io.pipeflux.core.PipefluxException if the bytes are not a valid frame
     */
    @Nullable
    T decode(FrameBuffer in);

    /**
     * Removes the next frame from the buffer and returns it. When no more bytes will arrive, this method is called
     * repeatedly instead of {@link #decode}, until it returns null. Any bytes that then remain are reported as a
     * truncated frame. The default implementation calls {@link #decode}, which is correct for formats whose frames mark
     * their own end.
     */
    default @Nullable T decodeEnd(FrameBuffer in) {
        return decode(in);
    }

    /**
     * Releases resources after the stream has ended, failed or been cancelled. Called once. The default implementation
     * does nothing.
     */
    default void close() {}
}
