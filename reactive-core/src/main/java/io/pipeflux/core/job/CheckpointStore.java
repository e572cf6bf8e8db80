package io.pipeflux.core.job;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/**
 * Stores the newest checkpoint of {@link Checkpoints}: one value, replaced as a whole. The methods block the calling
 * thread, and are called by one thread at a time.
 *
 * <p>They return values rather than a {@code Mono}: an empty {@code Mono} would pass for "there is no checkpoint", and
 * a write that nobody subscribes to would be lost without an error. A store over an asynchronous client waits for it.
 *
 * <p>{@code toString()} names the place in errors and log lines.
 */
public interface CheckpointStore extends Closeable {

    /**
     * Reads the newest checkpoint. A store that supports locks excludes other users from now on, and fails if there is
     * one already.
     *
     * @return all bytes of the checkpoint, which the caller may change; empty only if the store has answered that there
     *     is none (no such file, 404)
     * @throws IOException if the bytes could not be read for any other reason
     */
    Optional<byte[]> read() throws IOException;

    /**
     * Replaces the newest checkpoint. When this returns, the bytes are durable. If it fails, or the process is killed
     * meanwhile, {@link #read} returns the old bytes or the new ones, never a mixture or a part.
     *
     * @param checkpoint the bytes; the array is not kept
     */
    void write(byte[] checkpoint) throws IOException;

    /**
     * Releases the store for other users if {@link #read} has excluded them. Does nothing by default. A second call has
     * no effect, and {@link #read} may be called again.
     */
    @Override
    default void close() throws IOException {}
}
