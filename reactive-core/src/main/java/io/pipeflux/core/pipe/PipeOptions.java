package io.pipeflux.core.pipe;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Where pipes are and how they are read. Immutable: each setter returns new options. */
public final class PipeOptions {

    private static final int SMALLEST_CHUNK = 4096;
    private static final int DEFAULT_CHUNK = 128 << 10;
    private static final int LARGEST_CHUNK = 256 << 10;

    private final Path directory;
    private final @Nullable Path configDirectory;
    private final @Nullable Path stateDirectory;
    private final Duration openTimeout;
    private final int chunkBytes;

    private PipeOptions(
            Path directory,
            @Nullable Path configDirectory,
            @Nullable Path stateDirectory,
            Duration openTimeout,
            int chunkBytes) {
        this.directory = directory;
        this.configDirectory = configDirectory;
        this.stateDirectory = stateDirectory;
        this.openTimeout = openTimeout;
        this.chunkBytes = chunkBytes;
    }

    /**
     * Pipes laid out as in a SageMaker training container: pipes in {@code <root>/input/data}, and
     * {@code <root>/input/config/inputdataconfig.json} says which channels there are and in which mode.
     *
     * @param root in a container {@code /opt/ml}
     */
    public static PipeOptions mlRoot(Path root) {
        Path input = root.resolve("input");
        return new PipeOptions(
                input.resolve("data"), input.resolve("config"), null, Duration.ofMinutes(5), DEFAULT_CHUNK);
    }

    /** Pipes in a directory, without a configuration: any channel is believed to be one. */
    public static PipeOptions directory(Path directory) {
        return new PipeOptions(
                Objects.requireNonNull(directory, "directory"), null, null, Duration.ofMinutes(5), DEFAULT_CHUNK);
    }

    /**
     * How long a reader waits for the next pipe to appear and for a writer to open it, from its first request on; then
     * it fails. Bytes of a writer that has the pipe open are awaited without a limit.
     *
     * @param timeout not negative; zero: for ever. Defaults to 5 minutes
     */
    public PipeOptions openTimeout(Duration timeout) {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("openTimeout >= 0 required but it was " + timeout);
        }
        return new PipeOptions(directory, configDirectory, stateDirectory, timeout, chunkBytes);
    }

    /**
     * Keeps the index of each channel's next pipe in a directory, so that processes share it and a restarted one goes
     * on where it stopped; in SageMaker's PipeModeDataset {@code /opt/ml/pipe_state}, whose files these are.
     *
     * <p>One process at a time waits for the next pipe of a channel: another one waits until that has found its writer,
     * or was killed, and takes the pipe after it. An index is used up when a writer had the pipe open.
     *
     * @param state made if it is not there; on a local disk, for its locks. Defaults to none: in memory
     */
    public PipeOptions stateDirectory(Path state) {
        return new PipeOptions(
                directory, configDirectory, Objects.requireNonNull(state, "state"), openTimeout, chunkBytes);
    }

    /**
     * The most bytes of a chunk. A chunk is what one read of the pipe returns.
     *
     * @param bytes from 4096 to 262144. Defaults to 131072 (128 KiB): larger ones cost more
     *     processor time, since fresh memory falls out of the cache
     */
    public PipeOptions chunkBytes(int bytes) {
        if (bytes < SMALLEST_CHUNK || bytes > LARGEST_CHUNK) {
            throw new IllegalArgumentException(
                    "chunkBytes from " + SMALLEST_CHUNK + " to " + LARGEST_CHUNK + " required but it was " + bytes);
        }
        return new PipeOptions(directory, configDirectory, stateDirectory, openTimeout, bytes);
    }

    Path directory() {
        return directory;
    }

    @Nullable
    Path configDirectory() {
        return configDirectory;
    }

    @Nullable
    Path stateDirectory() {
        return stateDirectory;
    }

    Duration openTimeout() {
        return openTimeout;
    }

    int chunkBytes() {
        return chunkBytes;
    }

    @Override
    public String toString() {
        return "PipeOptions[directory " + directory + ", openTimeout " + openTimeout + ", chunkBytes " + chunkBytes
                + "]";
    }
}
