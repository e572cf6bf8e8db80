package io.pipeflux.records;

import io.pipeflux.core.ObjectBytes;
import java.nio.ByteBuffer;
import java.util.Objects;
import reactor.core.publisher.Mono;

/** For a user who does not know what a bucket holds. */
public final class Formats {

    private static final int HEAD_BYTES = 64 << 10;

    private Formats() {}

    /**
     * Looks at an object's first bytes and says how it is to be decoded, and why.
     *
     * <table>
     * <caption>What is looked for, in this order</caption>
     * <tr><td>TFRecord</td><td>the checksum of the first record's length</td></tr>
     * <tr><td>RecordIO</td><td>the magic number, and a part that may come first</td></tr>
     * <tr><td>GZIP, ZLIB</td><td>their header, and one of the others in what the first bytes inflate to</td></tr>
     * <tr><td>text lines</td><td>UTF-8 without control characters but tab, line feed, carriage return and form
     *     feed</td></tr>
     * </table>
     *
     * <p>The dialect of RecordIO is known if a part is there that MXNet never writes
     * ({@link io.pipeflux.records.recordio.RecordIo#dialectOf}). Else it is a guess, and the reason says so: MXNet's
     * for a key that ends in {@code .rec}, SageMaker's for all others.
     *
     * <p>Reads chunk by chunk, when subscribed to, until it has 64 KiB or the object ends, and cancels the rest.
     * Buffers are left as they are, see the {@linkplain io.pipeflux.core contract of bytes}. Fails with a
     * {@link io.pipeflux.core.CorruptRecordException} that shows the first bytes if they are none of these, or if there
     * are none.
     */
    public static Mono<DetectedFormat> detect(ObjectBytes object) {
        Objects.requireNonNull(object, "object");
        return Mono.defer(() -> {
            ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES);
            return object.bytes()
                    .limitRate(1)
                    .takeUntil(chunk -> !fill(head, chunk))
                    .then(Mono.fromSupplier(() -> detect(object.key(), head)));
        });
    }

    private static DetectedFormat detect(String key, ByteBuffer head) {
        boolean whole = head.hasRemaining();
        byte[] bytes = new byte[head.position()];
        head.get(0, bytes);
        return new FormatProbe(key).detect(bytes, whole);
    }

    /** Says whether there is room for more. */
    private static boolean fill(ByteBuffer head, ByteBuffer chunk) {
        head.put(chunk.slice().limit(Math.min(chunk.remaining(), head.remaining())));
        return head.hasRemaining();
    }
}
