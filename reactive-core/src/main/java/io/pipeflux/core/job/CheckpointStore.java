package io.pipeflux.core.job;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/**
 * Where {@link Checkpoints} keeps its newest checkpoint: one value, replaced as a whole. Both methods block the calling
 * thread, and are called by one thread at a time.
 *
 * <p>They return values, not a {@code Mono}: an empty {@code Mono} would be taken for "there is no checkpoint", and one
 * that nobody subscribes to would write nothing, without an error. A store over an asynchronous client waits for it.
 *
 * <p>{@code toString()} names the place in errors and log lines.
 */
public interface CheckpointStore extends Closeable {

    /**
     * Reads the newest checkpoint. A store that can keeps other users away from now on, and fails if there is one.
     *
     * @return its bytes, all of them, which become the caller's; empty only if the store has answered that there is
     *     none (no such file, 404)
     * @throws IOException for every other reason why there are no bytes
     */
    Optional<byte[]> read() throws IOException;

    /**
     * Replaces the newest checkpoint. When this returns, the bytes are durable. If it fails, or the process is killed
     * meanwhile, {@link #read} returns the old bytes or the new ones, never a mixture or a part.
     *
     * @param checkpoint is not kept
     */
    void write(byte[] checkpoint) throws IOException;

    /**
     * Lets others use the place, if {@link #read} has kept them away. Defaults to nothing. Again: no effect;
     * {@link #read} may follow.
     */
    @Override
    default void close() throws IOException {}
}
