package io.pipeflux.records;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.codec.Compression;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Detects the format of objects by their first bytes. */
public final class Formats {

    private Formats() {}

    /**
     * Looks at an object's first bytes and says how it is to be decoded, and why.
     *
     * <table>
     * <caption>What is looked for, in this order</caption>
     * <tr><td>TFRecord</td><td>the checksum of the first record's length</td></tr>
     * <tr><td>RecordIO</td><td>the magic number, and a part that may come first</td></tr>
     * <tr><td>GZIP, ZLIB, Zstandard</td><td>their header, and one of the others in what the first bytes inflate
     *     to; Zstandard needs zstd-jni, see {@link io.pipeflux.core.codec.Compression#ZSTD}</td></tr>
     * <tr><td>text lines</td><td>UTF-8 without control characters but tab, line feed, carriage return and form
     *     feed</td></tr>
     * </table>
     *
     * <p>The dialect of RecordIO is known if a part is there that MXNet never writes
     * ({@link io.pipeflux.records.recordio.RecordIo#dialectOf}). Else it is a guess, and the reason says so: MXNet's
     * for a key that ends in {@code .rec}, SageMaker's for all others.
     *
     * <p>Reads chunk by chunk, when subscribed to, until it has 64 KiB (of Zstandard 192 KiB) or the object ends, and
     * cancels the rest.
     * Buffers are left as they are, see the {@linkplain io.pipeflux.core contract of bytes}. Fails with a
     * {@link io.pipeflux.core.CorruptRecordException} that shows the first bytes if they are none of these, or if there
     * are none.
     */
    public static Mono<DetectedFormat> detect(ObjectBytes object) {
        Objects.requireNonNull(object, "object");
        return head(object).map(head -> new FormatProbe(object.key()).detect(bytes(head), head.hasRemaining()));
    }

    /**
     * Detects the format of a channel by its first object that has content. It passes over objects without bytes but
     * byte order marks, compressed streams of nothing else, and the files that Hadoop, Spark and their committers
     * leave beside the data: {@code _SUCCESS}, {@code _committed_...}, {@code _started_...}, {@code _metadata},
     * {@code _common_metadata}, {@code ..._$folder$} and {@code ....crc}.
     *
     * <p>To decode objects in the format that this returns, leave out the same files first: call
     * {@link #dataObjects(String)} for both. Otherwise a marker file with content is decoded as data.
     *
     * <p>Reads one object after the other, as {@link #detect(ObjectBytes)} does, and cancels the objects after the
     * first with content.
     *
     * @param objects a channel's objects
     * @return the format; empty if no object has content, and an error if the first with content has no known format
     */
    public static Mono<DetectedFormat> detect(Flux<ObjectBytes> objects) {
        return objects.filter(object -> object.size() != 0 && !MarkerFiles.isMarker(object.key()))
                .concatMap(Formats::detectUnlessEmpty, 0)
                .next();
    }

    /**
     * Leaves out the files that are no data by Hadoop's rule: a directory or file below the channel's prefix whose name
     * begins with {@code _} or {@code .}, such as {@code _SUCCESS}, {@code _temporary/}, {@code _delta_log/},
     * {@code .hoodie/}, {@code .part-0.crc} and {@code .DS_Store}. Partitions such as {@code _year=2026/} are data.
     * Names in the prefix itself are not judged.
     *
     * <pre>
     *   Flux&lt;ObjectBytes&gt; data = channel.objects().transform(Formats.dataObjects("s3://bucket/prefix"));
     *   Formats.detect(data).flatMapMany(found -&gt; data.transform(found.format().decodeObjects()))
     * </pre>
     *
     * <p>The objects that remain keep their ordinals.
     *
     * @param prefix what the keys of the channel's objects begin with. Only the last name is judged in a key that does
     *     not begin with it, such as one from a manifest
     */
    public static Function<Flux<ObjectBytes>, Flux<ObjectBytes>> dataObjects(String prefix) {
        Objects.requireNonNull(prefix, "prefix");
        return objects -> objects.filter(object -> !MarkerFiles.isHidden(prefix, object.key()));
    }

    private static Mono<DetectedFormat> detectUnlessEmpty(ObjectBytes object) {
        return head(object).mapNotNull(head -> {
            byte[] bytes = bytes(head);
            boolean whole = head.hasRemaining();
            return InflatedHead.isEmpty(bytes, whole) ? null : new FormatProbe(object.key()).detect(bytes, whole);
        });
    }

    private static Mono<ByteBuffer> head(ObjectBytes object) {
        return Mono.defer(() -> {
            FirstBytes head = new FirstBytes();
            return object.bytes()
                    .limitRate(1)
                    .takeUntil(chunk -> !head.fill(chunk.slice()))
                    .then(Mono.fromSupplier(() -> head.bytes));
        });
    }

    private static byte[] bytes(ByteBuffer head) {
        byte[] bytes = new byte[head.position()];
        head.get(0, bytes);
        return bytes;
    }

    /** The first bytes of an object, of Zstandard more than of others. */
    private static final class FirstBytes {

        private ByteBuffer bytes = ByteBuffer.allocate(InflatedHead.ENOUGH);

        /** Takes what there is room for; returns whether there is room for more. */
        boolean fill(ByteBuffer chunk) {
            put(chunk);
            if (!bytes.hasRemaining()
                    && bytes.capacity() < InflatedHead.ENOUGH_ZSTD
                    && InflatedHead.compression(bytes.array()) == Compression.ZSTD) {
                bytes = ByteBuffer.allocate(InflatedHead.ENOUGH_ZSTD).put(bytes.flip());
                put(chunk);
            }
            return bytes.hasRemaining();
        }

        private void put(ByteBuffer chunk) {
            int count = Math.min(chunk.remaining(), bytes.remaining());
            bytes.put(chunk.slice().limit(count));
            chunk.position(chunk.position() + count);
        }
    }
}
