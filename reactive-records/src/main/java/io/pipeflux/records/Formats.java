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
     * Detects from an object's first bytes how to decode it, and why.
     *
     * <table>
     * <caption>The formats, in the order in which they are tested</caption>
     * <tr><td>TFRecord</td><td>the checksum of the first record's length</td></tr>
     * <tr><td>RecordIO</td><td>the magic number, and a kind of part that may be first in a record</td></tr>
     * <tr><td>GZIP, ZLIB, Zstandard</td><td>their header, and one of the other formats in the decompressed bytes;
     *     Zstandard needs zstd-jni, see {@link io.pipeflux.core.codec.Compression#ZSTD}</td></tr>
     * <tr><td>text lines</td><td>UTF-8 without control characters other than tab, line feed, carriage return and form
     *     feed</td></tr>
     * </table>
     *
     * <p>The dialect of RecordIO is certain if the first bytes have a part that MXNet never writes
     * ({@link io.pipeflux.records.recordio.RecordIo#dialectOf}). Otherwise it is a guess, and the reason states this:
     * MXNet's for a key that ends in {@code .rec}, {@code .rec.gz} or {@code .rec.zst}, SageMaker's for all others.
     *
     * <p>When subscribed to, reads chunk by chunk until it has 64 KiB (192 KiB if they begin as Zstandard) or the
     * object ends, and cancels the rest. Buffers do not change, see the
     * {@linkplain io.pipeflux.core contract of bytes}. Fails with a {@link io.pipeflux.core.CorruptRecordException}
     * that shows the first bytes if the format is none of these, or if the object is empty.
     */
    public static Mono<DetectedFormat> detect(ObjectBytes object) {
        Objects.requireNonNull(object, "object");
        return head(object).map(head -> new FormatProbe(object.key()).detect(bytes(head), head.hasRemaining()));
    }

    /**
     * Detects the format of a channel from its first object that has content. It passes over objects that are empty or
     * have only byte order marks, also if they are compressed, and over the files that Hadoop, Spark and their
     * committers leave beside the data: {@code _SUCCESS}, {@code _committed_...}, {@code _started_...},
     * {@code _metadata}, {@code _common_metadata}, {@code ..._$folder$} and {@code ....crc}.
     *
     * <p>To decode objects in the format that this returns, leave out the same files first: call
     * {@link #dataObjects(String)} for both. Otherwise a marker file with content is decoded as data.
     *
     * <p>Reads one object after the other, as {@link #detect(ObjectBytes)} does, and cancels the channel after the
     * first object with content.
     *
     * @param objects a channel's objects
     * @return the format. Empty if no object has content; an error if the first with content has no known format
     */
    public static Mono<DetectedFormat> detect(Flux<ObjectBytes> objects) {
        return objects.filter(object -> object.size() != 0 && !MarkerFiles.isMarker(object.key()))
                .concatMap(Formats::detectUnlessEmpty, 0)
                .next();
    }

    /**
     * Leaves out the files that Hadoop's rule does not count as data: those under the channel's prefix in whose path a
     * directory's or the file's name begins with {@code _} or {@code .}, such as {@code _SUCCESS}, {@code _temporary/},
     * {@code _delta_log/}, {@code .hoodie/}, {@code .part-0.crc} and {@code .DS_Store}. Partitions such as
     * {@code _year=2026/} are data. Names in the prefix itself do not matter.
     *
     * <pre>
     *   Flux&lt;ObjectBytes&gt; data = channel.objects().transform(Formats.dataObjects("s3://bucket/prefix"));
     *   Formats.detect(data).flatMapMany(found -&gt; data.transform(found.format().decodeObjects()))
     * </pre>
     *
     * <p>The objects that remain keep their ordinals.
     *
     * @param prefix the beginning of the keys of the channel's objects. In a key that does not begin with it, such as
     *     one from a manifest, only the last name matters
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

    /** The first bytes of an object: 64 KiB, or 192 KiB if they begin as Zstandard. */
    private static final class FirstBytes {

        private ByteBuffer bytes = ByteBuffer.allocate(InflatedHead.ENOUGH);

        /** Takes as many bytes as there is room for, and returns whether there is room for more. */
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
