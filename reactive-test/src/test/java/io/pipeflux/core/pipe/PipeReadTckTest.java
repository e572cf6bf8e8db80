package io.pipeflux.core.pipe;

import java.nio.ByteBuffer;
import org.testng.annotations.Test;
import reactor.core.publisher.Flux;

/** A FIFO: pieces of 4096 bytes are written, and read, as a whole each. */
@Test
public class PipeReadTckTest extends PipeReadTck {

    private static final int CHUNK = 4096;

    private int made;

    @Override
    Flux<ByteBuffer> reader(long chunks) {
        String channel = "c" + made++;
        pipes.feed(channel + "_0", chunks(chunks, CHUNK));
        return PipeChannels.create(PipeOptions.directory(pipes.directory()).chunkBytes(CHUNK))
                .channel(channel);
    }
}
