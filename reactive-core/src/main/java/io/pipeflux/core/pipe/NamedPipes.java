package io.pipeflux.core.pipe;

import io.pipeflux.core.PipeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A single named pipe: made, read and written by its path. */
public final class NamedPipes {

    private NamedPipes() {}

    /**
     * Makes a FIFO; a quick system call on the caller's thread.
     *
     * @throws PipeException if it cannot be made, or if there is anything at that path already
     */
    public static void create(Path fifo) {
        try {
            FifoSystem.ofThisMachine().create(fifo);
        } catch (IOException e) {
            throw PipeException.of("cannot make the pipe: " + e.getMessage(), fifo.toString(), null, e);
        }
    }

    /**
     * A pipe's bytes, from its opening to its end; each subscription opens it anew. Demand, threads, cancelling and
     * errors are those of {@link PipeChannels#channel}, with the same defaults; there is no report of an agent.
     */
    public static Flux<ByteBuffer> read(Path fifo) {
        Path parent = fifo.toAbsolutePath().getParent();
        PipeOptions options = PipeOptions.directory(parent == null ? fifo : parent);
        return FluxPipeRead.of(fifo.toString(), () -> new SinglePipe(fifo), options);
    }

    /**
     * Writes bytes into a pipe that exists: waits for a reader without limit, subscribes to the bytes, writes them on a
     * daemon thread of its own, and closes the pipe. Two chunks are requested ahead. Each subscription writes anew;
     * buffers are left as they are, see the {@linkplain io.pipeflux.core contract of bytes}.
     *
     * <p>A reader that closes the pipe early ends it with {@link PipeWrite#complete} false and cancels the bytes;
     * without JNA on the class path it is an error, as any failure of a write is. An error of the bytes
     * closes the pipe, at which the reader sees a plain end, and is signalled here. Cancelling closes the pipe and
     * releases the thread, wherever it waits.
     */
    public static Mono<PipeWrite> write(Path fifo, Publisher<ByteBuffer> bytes) {
        return PipeWriter.write(new PipeTarget.Existing(fifo), bytes);
    }
}
