package io.pipeflux.core.pipe;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Reads and writes pipes over Unix domain sockets. Both processes must use Pipeflux or its framing. Unlike a FIFO, such
 * a pipe lets the reader distinguish a normal end from a killed writer, and transfers the writer's error to the reader.
 *
 * <p>The writer listens on a socket at the path. The socket's file exists while the writer waits, and is removed when a
 * reader has connected. Therefore, each write has exactly one reader. A reader waits for the path to appear, as it does
 * for a FIFO. If the socket file of a killed writer still exists, readers wait until the next writer replaces it.
 *
 * <pre>{@code
 *   reader to writer   "PFX1"
 *
 *   writer to reader   n (int32), n bytes                    any number of times, n > 0
 *                      0 (int32)                             then the end
 *                      -1 (int32), n (int32), n bytes        or the writer's error, in UTF-8
 *
 *   All integers are big-endian.
 * }</pre>
 */
public final class UnixPipes {

    private UnixPipes() {}

    /**
     * Reads a pipe to its end. Each subscription waits for its own writer.
     *
     * <p>Nothing happens before the first request. Each requested chunk is one read of at most 128 KiB, on a daemon
     * thread of the subscription. Only the kernel reads ahead of demand. It buffers a few hundred KiB. The reader waits
     * at most five minutes for a writer. A cancel closes the socket and releases the thread, even while the thread
     * waits.
     *
     * <p>The {@code Flux} fails with a {@link io.pipeflux.core.PipeException} if the writer fails (the exception then
     * contains the writer's message), if the writer is lost, if no writer appears in time, or if the path is not a
     * socket.
     *
     * @param socket the path of the socket, at most 106 bytes
     * @throws IllegalArgumentException if the path is longer
     */
    public static Flux<ByteBuffer> read(Path socket) {
        UnixSockets.require(socket);
        Path parent = socket.toAbsolutePath().getParent();
        PipeOptions options = PipeOptions.directory(parent == null ? socket : parent);
        return FluxPipeRead.of(socket.toString(), () -> new SocketSource(socket), options);
    }

    /**
     * Writes bytes to one reader. Each subscription to the result does this once, on a dedicated daemon thread. The
     * thread listens on a socket at the path, waits for the reader without a time limit, subscribes to the bytes,
     * writes them, and then sends an end marker. Two chunks are prefetched. The buffers are not changed, as the
     * {@linkplain io.pipeflux.core contract of bytes} requires.
     *
     * <p>If the reader leaves early, the subscription to the bytes is cancelled, and {@link PipeWrite#complete} of the
     * result is false. If {@code bytes} fails, the result fails with the same error, which is also sent to the reader.
     * A cancel closes the socket and releases the thread, even while the thread waits. The reader then fails, because
     * its writer was lost.
     *
     * <p>Only readers that run as the same user can connect. The result fails with a {@link
     * io.pipeflux.core.PipeException} if the file at the path is not a socket, or if another writer uses it.
     *
     * @param socket the path of the socket, at most 99 bytes. The limit is lower than that of a reader, because the
     *     socket is first created in a neighboring directory, which only its owner may enter, and then renamed
     * @throws IllegalArgumentException if the path is longer
     */
    public static Mono<PipeWrite> write(Path socket, Publisher<ByteBuffer> bytes) {
        return write(socket, bytes, PipeAccess.owner());
    }

    /**
     * Writes bytes as {@link #write(Path, Publisher)} does, but to a reader that may run as a different user.
     *
     * @param socket the path of the socket, at most 99 bytes
     * @param access the users that may connect. Connecting needs write permission, so a socket that a group may use
     *     always has mode 0660
     * @throws IllegalArgumentException if the path is longer
     */
    public static Mono<PipeWrite> write(Path socket, Publisher<ByteBuffer> bytes, PipeAccess access) {
        return PipeWriter.write(new SocketTarget(UnixSockets.requireForWriter(socket), access), bytes);
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

        private final PipeAccess access;

        SocketTarget(Path path, PipeAccess access) {
            super(path);
            this.access = access;
        }

        @Override
        public PipeSide side(Path pipe) {
            return UnixSockets.writeSide(pipe, access.files());
        }
    }
}
