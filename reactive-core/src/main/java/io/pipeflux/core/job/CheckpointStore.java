package io.pipeflux.core.job;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/**
 * Stores the newest checkpoint of a training job for {@link Checkpoints}. The checkpoint is a single value, which is
 * always replaced as a whole. The methods block the calling thread. Only one thread at a time calls them.
 *
 * <p>The methods return values instead of a {@code Mono}. An empty {@code Mono} could be mistaken for "no checkpoint
 * exists", and a write that nobody subscribes to would be lost without an error. A store that uses an asynchronous
 * client waits for the client.
 *
 * <p>{@code toString()} returns the location of the checkpoint, which error messages and log lines contain.
 */
public interface CheckpointStore extends Closeable {

    /**
     * Reads the newest checkpoint. If the store supports locks, this call locks out other users until {@link #close}.
     * The call fails if another user has already locked the store.
     *
     * @return all bytes of the checkpoint, in an array that the caller may change. The result is empty only if the
     *     store has reported that no checkpoint exists (for example, no such file, or status 404)
     * @throws IOException if the bytes could not be read for any other reason
     */
    Optional<byte[]> read() throws IOException;

    /**
     * Replaces the newest checkpoint. When this method returns, the bytes are durable. If it fails, or if the process
     * is killed during the call, {@link #read} returns either all old bytes or all new bytes, never a mixture or a part
     * of them.
     *
     * @param checkpoint the bytes; the store does not keep the array
     * @throws IOException if the bytes could not be written
     */
    void write(byte[] checkpoint) throws IOException;

    /**
     * Releases the store for other users if {@link #read} has locked it. The default implementation does nothing. A
     * second call has no effect. After this call, {@link #read} may be called again.
     */
    @Override
    default void close() throws IOException {}
}
