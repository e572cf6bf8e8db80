package io.pipeflux.core.pipe;

import io.pipeflux.core.internal.OptionValues;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Defines where pipes are, and how they are read. Immutable: each setter returns a changed copy of the options. */
public final class PipeOptions {

    private static final int SMALLEST_CHUNK = 4096;
    private static final int DEFAULT_CHUNK = 128 << 10;
    private static final int LARGEST_CHUNK = 256 << 10;

    private static final class Values extends OptionValues {

        private Path directory;
        private @Nullable Path configDirectory;
        private @Nullable Path stateDirectory;
        private Duration openTimeout = Duration.ofMinutes(5);
        private int chunkBytes = DEFAULT_CHUNK;

        Values(Path directory, @Nullable Path configDirectory) {
            this.directory = directory;
            this.configDirectory = configDirectory;
        }
    }

    private final Values values;

    private PipeOptions(Values values) {
        this.values = values;
    }

    private PipeOptions with(Consumer<Values> change) {
        return new PipeOptions(OptionValues.changed(values, change));
    }

    /**
     * Returns options for the directory layout of a SageMaker training container. The pipes are in
     * {@code <root>/input/data}. The file {@code <root>/input/config/inputdataconfig.json} lists the channels and their
     * modes.
     *
     * @param root {@code /opt/ml} in a training container
     */
    public static PipeOptions mlRoot(Path root) {
        Path input = root.resolve("input");
        return new PipeOptions(new Values(input.resolve("data"), input.resolve("config")));
    }

    /**
     * Returns options for pipes in a directory. No configuration file is read, so a channel's name and mode are not
     * looked up.
     */
    public static PipeOptions directory(Path directory) {
        return new PipeOptions(new Values(Objects.requireNonNull(directory, "directory"), null));
    }

    /**
     * Returns a copy of these options with the given time limit for opening a pipe. Within this time, the next pipe
     * must appear and a writer must open it. Otherwise, the reader fails. The time starts at the first request. After a
     * writer has opened the pipe, the reader waits for bytes without a time limit.
     *
     * @param timeout not negative; zero for no time limit. Defaults to 5 minutes
     */
    public PipeOptions openTimeout(Duration timeout) {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("expected openTimeout >= 0, but got " + timeout);
        }
        return with(to -> to.openTimeout = timeout);
    }

    /**
     * Returns a copy of these options that keeps the index of each channel's next pipe in a directory. As a result,
     * several processes can share the index, and a restarted process continues with the next pipe. The directory
     * contains the same files as the directory of SageMaker's PipeModeDataset, which uses {@code /opt/ml/pipe_state}.
     *
     * <p>Only one process at a time waits for the next pipe of a channel. The other processes wait until that process
     * has found a writer or was killed. The index is incremented when a writer has opened the pipe.
     *
     * @param state a directory, which is created if it does not exist. It must be on a local disk, because it contains
     *     lock files. By default, the index is kept in memory
     */
    public PipeOptions stateDirectory(Path state) {
        Objects.requireNonNull(state, "state");
        return with(to -> to.stateDirectory = state);
    }

    /**
     * Returns a copy of these options with the given maximum size of a chunk in bytes. A chunk holds the bytes of one
     * read of the pipe.
     *
     * @param bytes from 4096 to 262144. Defaults to 131072 (128 KiB). Larger chunks need more processor time, because
     *     newly allocated memory does not fit into the cache
     */
    public PipeOptions chunkBytes(int bytes) {
        if (bytes < SMALLEST_CHUNK || bytes > LARGEST_CHUNK) {
            throw new IllegalArgumentException(
                    "expected chunkBytes from " + SMALLEST_CHUNK + " to " + LARGEST_CHUNK + ", but got " + bytes);
        }
        return with(to -> to.chunkBytes = bytes);
    }

    Path directory() {
        return values.directory;
    }

    @Nullable
    Path configDirectory() {
        return values.configDirectory;
    }

    @Nullable
    Path stateDirectory() {
        return values.stateDirectory;
    }

    Duration openTimeout() {
        return values.openTimeout;
    }

    int chunkBytes() {
        return values.chunkBytes;
    }

    @Override
    public String toString() {
        return "PipeOptions[directory " + values.directory + ", openTimeout " + values.openTimeout + ", chunkBytes "
                + values.chunkBytes + "]";
    }
}
