package io.pipeflux.core.pipe;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Where pipes are and how they are read. Immutable: each setter returns new options. */
public final class PipeOptions {

    private static final int SMALLEST_CHUNK = 4096;
    private static final int LARGEST_CHUNK = 256 << 10;

    private final Path directory;
    private final @Nullable Path configDirectory;
    private final Duration openTimeout;
    private final int chunkBytes;

    private PipeOptions(Path directory, @Nullable Path configDirectory, Duration openTimeout, int chunkBytes) {
        this.directory = directory;
        this.configDirectory = configDirectory;
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
        return new PipeOptions(input.resolve("data"), input.resolve("config"), Duration.ofMinutes(5), LARGEST_CHUNK);
    }

    /** Pipes in a directory, without a configuration: any channel is believed to be one. */
    public static PipeOptions directory(Path directory) {
        return new PipeOptions(
                Objects.requireNonNull(directory, "directory"), null, Duration.ofMinutes(5), LARGEST_CHUNK);
    }

    /**
     * How long a reader waits for the next pipe to appear and for a writer to open it, from its first request on; then
     * it fails.
     *
     * @param timeout not negative; zero: for ever. Defaults to 5 minutes
     */
    public PipeOptions openTimeout(Duration timeout) {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("openTimeout >= 0 required but it was " + timeout);
        }
        return new PipeOptions(directory, configDirectory, timeout, chunkBytes);
    }

    /**
     * The most bytes of a chunk. A chunk is what one read of the pipe returns.
     *
     * @param bytes from 4096 to 262144. Defaults to 262144 (256 KiB)
     */
    public PipeOptions chunkBytes(int bytes) {
        if (bytes < SMALLEST_CHUNK || bytes > LARGEST_CHUNK) {
            throw new IllegalArgumentException(
                    "chunkBytes from " + SMALLEST_CHUNK + " to " + LARGEST_CHUNK + " required but it was " + bytes);
        }
        return new PipeOptions(directory, configDirectory, openTimeout, bytes);
    }

    Path directory() {
        return directory;
    }

    @Nullable
    Path configDirectory() {
        return configDirectory;
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
