package io.pipeflux.core.pipe;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Creates, reads and writes a single named pipe, which is given by its path. */
public final class NamedPipes {

    private NamedPipes() {}

    /**
     * Creates a FIFO that only its owner may open (mode 0600). This is a short blocking call on the caller's thread. To
     * give other users access, call {@link PipeAccess#grant} afterwards.
     *
     * @throws PipeException if the FIFO could not be created, for example because the path already exists
     */
    public static void create(Path fifo) {
        try {
            FifoSystem.ofThisMachine().create(fifo);
        } catch (IOException e) {
            throw CoreAccess.exception(
                    PipeException.class,
                    ErrorKind.PIPE_IO,
                    "could not create the pipe: " + e.getMessage(),
                    fifo.toString(),
                    null,
                    e);
        }
    }

    /**
     * Reads a pipe to its end. Each subscription opens the pipe again. Demand, threads, cancellation and errors are
     * handled as in {@link PipeChannels#channel} with the default {@link PipeOptions}. However, if an agent writes the
     * pipe, its report is not read. Therefore the end of the bytes looks the same whether the writer has finished or
     * was killed.
     */
    public static Flux<ByteBuffer> read(Path fifo) {
        Path parent = fifo.toAbsolutePath().getParent();
        PipeOptions options = PipeOptions.directory(parent == null ? fifo : parent);
        return FluxPipeRead.of(fifo.toString(), () -> new SinglePipe(fifo), options);
    }

    /**
     * Writes bytes into an existing pipe. The write waits for a reader without a time limit. Then it subscribes to the
     * bytes, writes them, and closes the pipe. Each subscription does this once, on a dedicated daemon thread. Two
     * chunks are prefetched. The buffers are not changed, as the {@linkplain io.pipeflux.core contract of bytes}
     * requires.
     *
     * <p>If the reader closes the pipe early, the subscription to the bytes is cancelled, and {@link
     * PipeWrite#complete} of the result is false. Without JNA on the class path, this case cannot be distinguished from
     * other failures of a write, so the result fails instead. If {@code bytes} fails, the result fails with the same
     * error. In that case, the pipe is closed, and its reader sees a normal end. A cancel closes the pipe and releases
     * the thread, even while the thread waits.
     *
     * @return the result, with the number of bytes written. The {@code Mono} fails with a {@link PipeException} if the
     *     pipe could not be opened or written
     */
    public static Mono<PipeWrite> write(Path fifo, Publisher<ByteBuffer> bytes) {
        return PipeWriter.write(new PipeTarget.Existing(fifo), bytes);
    }
}
