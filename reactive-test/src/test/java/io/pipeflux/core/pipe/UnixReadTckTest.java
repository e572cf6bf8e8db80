package io.pipeflux.core.pipe;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.testng.annotations.Test;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;

/** A Unix socket: a frame is a chunk. */
@Test
public class UnixReadTckTest extends PipeReadTck {

    private final Disposable.Composite writing = Disposables.composite();
    private int made;

    @Override
    Flux<ByteBuffer> reader(long chunks) {
        Path socket = pipes.path("s" + made++);
        writing.add(UnixPipes.write(socket, chunks(chunks, 8)).subscribe());
        return UnixPipes.read(socket);
    }

    @Override
    void stopWriting() {
        writing.dispose();
    }
}
