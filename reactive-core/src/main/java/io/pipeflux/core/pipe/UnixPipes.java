package io.pipeflux.core.pipe;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Pipes over Unix domain sockets, between processes that both use this library or its few bytes of framing: unlike a
 * FIFO, such a pipe tells a clean end from a writer that was killed, and carries the writer's error.
 *
 * <p>The writer listens, as an agent makes a FIFO; the socket's file is there while it waits, and is removed when
 * a reader has come, one per writing. So a reader waits for a name to appear, in the same way for both kinds. The file
 * that a killed writer has left is refused by the kernel, waited at by readers, and removed by the next writer.
 *
 * <pre>
 *   reader to writer:  "PFX1"
 *   writer to reader:  length n &gt; 0 (int32, big-endian), n bytes; and so on; at last
 *                      0 (int32): the end,  or  -1, n (int32 each), n bytes of UTF-8: the writer's error
 * </pre>
 */
public final class UnixPipes {

    private UnixPipes() {}

    /**
     * A pipe's bytes, from a writer's coming to its end; each subscription waits for a writer of its own.
     *
     * <p>As {@link NamedPipes#read}: nothing happens before the first request, each requested chunk is one read on a
     * daemon thread of its own, at most 256 KiB, and cancelling closes the socket and releases the thread wherever it
     * waits. Beside what was asked for, the kernel holds some hundred KiB. Waits five minutes for a writer.
     *
     * <p>Fails with a {@link io.pipeflux.core.PipeException} if the writer fails, with its message; if the writer is
     * lost; if the path is no socket.
     */
    public static Flux<ByteBuffer> read(Path socket) {
        Path parent = socket.toAbsolutePath().getParent();
        PipeOptions options = PipeOptions.directory(parent == null ? socket : parent);
        return FluxPipeRead.of(socket.toString(), () -> new SocketSource(socket), options);
    }

    /**
     * Writes bytes to one reader: listens at the path and waits for it without limit, subscribes to the bytes, writes
     * them on a daemon thread of its own, then the end. Two chunks are requested ahead. Each subscription writes anew;
     * buffers are left as they are, see the
     * {@linkplain io.pipeflux.core contract of bytes}.
     *
     * <p>A reader that leaves early ends it with {@link PipeWrite#complete} false and cancels the bytes. An error of
     * the bytes is passed to the reader, and signalled here. Cancelling closes the socket and releases the thread, wherever
     * it waits; to the reader the writer is lost.
     *
     * <p>Fails with a {@link io.pipeflux.core.PipeException} if there is another file at the path, or another writer.
     *
     * @param socket at most some 100 bytes long, as the kernel has it
     */
    public static Mono<PipeWrite> write(Path socket, Publisher<ByteBuffer> bytes) {
        return PipeWriter.write(new SocketTarget(socket), bytes);
    }

    private static final class SocketSource extends SinglePipe {

        SocketSource(Path path) {
            super(path);
        }

        @Override
        public PipeSide side(Path pipe) throws IOException {
            PathKind.SOCKET.require(pipe);
            return UnixSockets.readSide(pipe);
        }
    }

    private static final class SocketTarget extends PipeTarget.Existing {

        SocketTarget(Path path) {
            super(path);
        }

        @Override
        public PipeSide side(Path pipe) {
            return UnixSockets.writeSide(pipe);
        }
    }
}
