package io.pipeflux.core.codec;

import org.jspecify.annotations.Nullable;

/**
 * Cuts frames out of a byte stream. A plain synchronous class with the state of one stream: a new one is made for each
 * object, or for each subscription of a stream without objects.
 *
 * <pre>
 *                    more bytes                        end of input
 *   decode(in) ---- null: too few ----&gt; decode(in)   decodeEnd(in) --- null, nothing left: the stream ends
 *        |                                                  |      --- null, bytes left: truncated
 *        +--- frame: emitted, decode(in) again              +--- frame: emitted, decodeEnd(in) again
 * </pre>
 *
 * <p>An exception ends the stream: a decoder that has thrown is not called again.
 *
 * @param <T> the frame
 */
@FunctionalInterface
public interface FrameDecoder<T> {

    /**
     * Takes the next frame off the buffer.
     *
     * @param in the unread bytes, perhaps none; what has not been taken off when null is returned is there next time
     * @return the frame, or null if it has not arrived whole
     * @throws io.pipeflux.core.PipefluxException if the bytes are no frame
     */
    @Nullable
    T decode(FrameBuffer in);

    /**
     * Takes the next frame off the buffer when no more bytes will come. By default the same as {@link #decode}: for
     * formats whose frames are complete in themselves. Called until it returns null; bytes that are left then are a
     * truncated frame.
     */
    default @Nullable T decodeEnd(FrameBuffer in) {
        return decode(in);
    }

    /** The stream has ended, failed or been cancelled; called once. By default nothing. */
    default void close() {}
}
