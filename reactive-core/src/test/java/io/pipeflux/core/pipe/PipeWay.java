package io.pipeflux.core.pipe;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The ways in which bytes pass from one process to another: for what they have in common. */
enum PipeWay {
    FIFO(new PosixFifoSystem()),
    FIFO_OF_ONE_DIRECTION(new PosixFifoSystem(false)),
    FIFO_WITHOUT_JNA(new PlainFifoSystem()),
    SOCKET(new PosixFifoSystem()) {
        @Override
        void make(Path path) {}

        @Override
        Flux<ByteBuffer> read(Path path, PipeOptions options) {
            return UnixPipes.read(path);
        }

        @Override
        Mono<PipeWrite> write(Path path, Publisher<ByteBuffer> bytes) {
            return UnixPipes.write(path, bytes);
        }
    };

    private final FifoSystem fifos;

    PipeWay(FifoSystem fifos) {
        this.fifos = fifos;
    }

    void make(Path path) throws IOException {
        fifos.create(path);
    }

    Flux<ByteBuffer> read(Path path) {
        return read(path, PipeOptions.directory(path.getParent()));
    }

    Flux<ByteBuffer> read(Path path, PipeOptions options) {
        return read(path, options, () -> {});
    }

    /** @param onWriter called when a writer has the pipe open, before anything is read */
    Flux<ByteBuffer> read(Path path, PipeOptions options, Runnable onWriter) {
        return FluxPipeRead.of(
                path.toString(),
                () -> new SinglePipe(path) {
                    @Override
                    public PipeSide side(Path pipe) throws IOException {
                        PathKind.FIFO.require(pipe);
                        return fifos.readSide(pipe);
                    }

                    @Override
                    public boolean mayOpen() {
                        onWriter.run();
                        return super.mayOpen();
                    }
                },
                options);
    }

    Mono<PipeWrite> write(Path path, Publisher<ByteBuffer> bytes) {
        return PipeWriter.write(
                new PipeTarget.Existing(path) {
                    @Override
                    public PipeSide side(Path pipe) throws IOException {
                        PathKind.FIFO.require(pipe);
                        return fifos.writeSide(pipe);
                    }
                },
                bytes);
    }

    /** The one live thread of a pipe whose name begins so, as soon as it has that name. */
    static Thread thread(String prefix) {
        return await().alias("a thread " + prefix)
                .until(
                        () -> Thread.getAllStackTraces().keySet().stream()
                                .filter(thread -> thread.getName().startsWith(prefix))
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }
}
