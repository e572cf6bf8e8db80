package io.pipeflux.benchmarks.pipe;

import io.pipeflux.benchmarks.pipe.Reader.PassResult;
import io.pipeflux.benchmarks.s3.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A child process in which one {@link PipelineSide} reads one data set from one kind of source. If the source is a
 * FIFO, this object owns the FIFO.
 */
final class SideProcess implements AutoCloseable {

    private static final int PIPE_BYTES = 1 << 20;
    private static final int SMALL_PIPE_BYTES = 64 << 10;

    private final PipelineSide side;
    private final String set;
    private final From from;
    private final Path file;
    private final Path path;
    private final @Nullable BigFifo fifo;
    private final Reader reader;

    private SideProcess(
            PipelineSide side, String set, From from, Path file, Path path, @Nullable BigFifo fifo, Reader reader) {
        this.side = side;
        this.set = set;
        this.from = from;
        this.file = file;
        this.path = path;
        this.fifo = fifo;
        this.reader = reader;
    }

    /** @param store the store to read from if {@code from} is {@link From#S3}, or null */
    static SideProcess start(
            PipelineSide side, String set, From from, Path file, @Nullable Store store, List<String> jvmOptions)
            throws IOException {
        if ((from == From.FIFO || from == From.FIFO64) && Files.size(file) <= PIPE_BYTES) {
            // The whole file would fit into the pipe, so the writer could finish and exit before the reader opens the
            // pipe.
            throw new IOException("expected a file that is larger than a pipe, but " + file + " has " + Files.size(file)
                    + " bytes: use more --bytes");
        }
        Path pipe = file.resolveSibling("..")
                .resolve("pipe_" + set + "_" + System.nanoTime())
                .normalize();
        BigFifo fifo = switch (from) {
            case FIFO -> BigFifo.at(pipe, PIPE_BYTES);
            case FIFO64 -> BigFifo.at(pipe, SMALL_PIPE_BYTES);
            default -> null;
        };
        Path path = store != null ? From.store(store.port(), Files.size(file)) : fifo != null ? pipe : file;
        return new SideProcess(side, set, from, file, path, fifo, Reader.start(side, jvmOptions));
    }

    PipelineSide side() {
        return side;
    }

    /** @param checks whether the result also contains checksums of all columns */
    PassResult pass(boolean checks) throws IOException, InterruptedException {
        return fifo == null ? reader.pass(file, set, path, checks) : reader.pass(file, set, fifo, checks);
    }

    @Override
    public void close() throws IOException {
        reader.close();
        if (fifo != null) {
            fifo.close();
            Files.deleteIfExists(path);
        }
    }

    @Override
    public String toString() {
        return set + " from " + from + " by " + side;
    }
}
