package io.pipeflux.core.job;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/**
 * Stores the newest checkpoint of {@link Checkpoints}: one value, which is always replaced as a whole. The methods
 * block the calling thread, and are called by one thread at a time.
 *
 * <p>They return values rather than a {@code Mono}. An empty {@code Mono} could be mistaken for "no checkpoint exists",
 * and a write without a subscription would be lost without an error. A store over an asynchronous client waits for the
 * client.
 *
 * <p>{@code toString()} returns the place of the checkpoint, which error messages and log lines contain.
 */
public interface CheckpointStore extends Closeable {

    /**
     * Reads the newest checkpoint. A store that supports locks excludes other users from this call until
     * {@link #close}, and fails if another user has locked it already.
     *
     * @return all bytes of the checkpoint, which the caller may change; empty only if the store has answered that no
     *     checkpoint exists (no such file, 404)
     * @throws IOException if the bytes could not be read for any other reason
     */
    Optional<byte[]> read() throws IOException;

    /**
     * Replaces the newest checkpoint. When this method returns, the bytes are durable. If it fails, or if the process
     * is killed meanwhile, {@link #read} returns either the old bytes or the new ones, never a mixture or a part of
     * them.
     *
     * @param checkpoint the bytes; the store does not keep the array
     * @throws IOException if the bytes could not be written
     */
    void write(byte[] checkpoint) throws IOException;

    /**
     * Releases the store for other users if {@link #read} has locked it. Does nothing by default. A second call has no
     * effect. Afterwards, {@link #read} may be called again.
     */
    @Override
    default void close() throws IOException {}
}
