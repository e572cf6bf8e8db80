package io.pipeflux.s3;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import reactor.core.publisher.Flux;

/** The bytes of a part, in chunks that are made as bytes arrive. */
final class Part {

    /** Arrays from 512 KiB on are humongous to G1 in small heaps. */
    private static final int CHUNK_BYTES = 256 << 10;

    private final int length;
    private final Queue<ByteBuffer> full = new ArrayDeque<>();
    private ByteBuffer filling = ByteBuffer.allocate(0);
    private int received;

    Part(int length) {
        this.length = length;
    }

    int received() {
        return received;
    }

    /** Copies the bytes; says whether they fit. */
    boolean append(ByteBuffer bytes) {
        if (bytes.remaining() > length - received) {
            return false;
        }
        while (bytes.hasRemaining()) {
            if (!filling.hasRemaining()) {
                filling = ByteBuffer.allocate(Math.min(CHUNK_BYTES, length - received));
                full.add(filling);
            }
            int n = Math.min(filling.remaining(), bytes.remaining());
            filling.put(filling.position(), bytes, bytes.position(), n);
            filling.position(filling.position() + n);
            bytes.position(bytes.position() + n);
            received += n;
        }
        return true;
    }

    /** Hands the chunks over, once: a chunk that is handed over is held here no longer. */
    Flux<ByteBuffer> chunks() {
        return Flux.generate(sink -> {
            sink.next(full.remove().flip());
            if (full.isEmpty()) {
                sink.complete();
            }
        });
    }
}
