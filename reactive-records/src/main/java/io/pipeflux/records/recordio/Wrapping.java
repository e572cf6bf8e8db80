package io.pipeflux.records.recordio;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Guarded;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import reactor.core.publisher.Flux;

/** Wraps one object as one RecordIO record, chunk by chunk. */
final class Wrapping {

    private final ObjectBytes object;
    private final int maxPartBytes;
    private long passed; // the number of bytes of the object that have been emitted

    private Wrapping(ObjectBytes object, int maxPartBytes) {
        this.object = object;
        this.maxPartBytes = maxPartBytes;
    }

    static Flux<ByteBuffer> wrap(ObjectBytes object, int maxPartBytes) {
        if (object.size() < 0) {
            return Flux.error(new IllegalArgumentException(
                    "expected an object of known size, because its RecordIO header contains the size, but got "
                            + object));
        }
        return Guarded.defer(() -> {
            Wrapping wrapping = new Wrapping(object, maxPartBytes);
            return Flux.concat(
                    Flux.just(wrapping.start()),
                    Guarded.map(object.bytes(), wrapping::next),
                    Flux.defer(wrapping::end));
        });
    }

    private ByteBuffer start() {
        ByteBuffer header = buffer(PartHeader.HEADER_BYTES);
        putHeader(header);
        return header.flip();
    }

    /**
     * Returns a view of the chunk. If a part ends in the chunk and another part follows, the result is instead a copy
     * of the chunk with the next part's header inserted. The chunk is not modified.
     */
    private ByteBuffer next(ByteBuffer chunk) {
        int count = chunk.remaining();
        if (count > object.size() - passed) {
            throw wrongSize("more than its " + object.size());
        }
        long borders = borders(passed + count) - borders(passed);
        if (borders == 0) {
            passed += count;
            return chunk.duplicate();
        }
        ByteBuffer copy =
                buffer(Math.toIntExact(count + borders * (PartHeader.padding(maxPartBytes) + PartHeader.HEADER_BYTES)));
        for (int at = chunk.position(); at < chunk.limit(); ) {
            int part = (int) Math.min(chunk.limit() - at, maxPartBytes - passed % maxPartBytes);
            copy.put(chunk.slice(at, part));
            at += part;
            passed += part;
            if (passed % maxPartBytes == 0 && passed < object.size()) {
                copy.position(
                        copy.position() + PartHeader.padding(maxPartBytes)); // already zeros, because the copy is new
                putHeader(copy);
            }
        }
        return copy.flip();
    }

    private Flux<ByteBuffer> end() {
        if (passed < object.size()) {
            return Flux.error(wrongSize(passed + " of its " + object.size()));
        }
        // the padding of the last part
        int padding = passed == 0 ? 0 : PartHeader.padding((passed - 1) % maxPartBytes + 1);
        return padding == 0 ? Flux.empty() : Flux.just(ByteBuffer.allocate(padding));
    }

    /**
     * Returns the number of parts that end within the first {@code bytes} bytes of the object, not counting the
     * object's last part.
     */
    private long borders(long bytes) {
        return Math.min(bytes, object.size() - 1) / maxPartBytes;
    }

    private void putHeader(ByteBuffer into) {
        long left = object.size() - passed;
        boolean last = left <= maxPartBytes;
        PartHeader.putHeader(into, PartHeader.kind(passed == 0, last), last ? (int) left : maxPartBytes);
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private ObjectReadException wrongSize(String found) {
        return CoreAccess.exception(
                ObjectReadException.class,
                ErrorKind.CHANGED,
                "RecordIO: the object cannot be wrapped, because it had " + found + " bytes",
                object.key(),
                null,
                null);
    }
}
