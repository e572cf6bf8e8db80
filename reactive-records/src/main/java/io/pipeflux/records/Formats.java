package io.pipeflux.records;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.codec.Compression;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Detects the format of objects from the first bytes of each object. */
public final class Formats {

    private Formats() {}

    /**
     * Detects the format of an object from its first bytes. The result includes the reason for choosing the format.
     *
     * <table>
     * <caption>The formats, in the order in which they are tested</caption>
     * <tr><td>TFRecord</td><td>the checksum of the first record's length</td></tr>
     * <tr><td>RecordIO</td><td>the magic number, and a kind of part that can begin a record</td></tr>
     * <tr><td>GZIP, ZLIB, Zstandard</td><td>their header, and one of the other formats in the decompressed bytes;
     *     Zstandard needs zstd-jni, see {@link io.pipeflux.core.codec.Compression#ZSTD}</td></tr>
     * <tr><td>text lines</td><td>UTF-8 without control characters other than tab, line feed, carriage return and form
     *     feed</td></tr>
     * </table>
     *
     * <p>RecordIO has two dialects. If the first bytes contain a part that MXNet never writes, the dialect is certainly
     * SageMaker's (see {@link io.pipeflux.records.recordio.RecordIo#dialectOf}). Otherwise the dialect is guessed from
     * the object's key, and the reason says so: MXNet's dialect if the key ends in {@code .rec}, {@code .rec.gz} or
     * {@code .rec.zst}, SageMaker's dialect for all other keys.
     *
     * <p>On subscription, reads the object chunk by chunk, up to 64 KiB, or 192 KiB if the object begins with a
     * Zstandard header. Then cancels the subscription to the object. The object's buffers are not modified (see the
     * {@linkplain io.pipeflux.core contract of bytes}). If the object is empty or has none of the formats in the table,
     * the result fails with a {@link io.pipeflux.core.CorruptRecordException} that shows the first bytes.
     */
    public static Mono<DetectedFormat> detect(ObjectBytes object) {
        Objects.requireNonNull(object, "object");
        return head(object).map(head -> new FormatProbe(object.key()).detect(bytes(head), head.hasRemaining()));
    }

    /**
     * Detects the format of a channel from the first object that has content. Skips objects whose content, after
     * decompression, is empty or consists only of byte order marks. Also skips the marker files that Hadoop, Spark and
     * their committers leave next to the data: {@code _SUCCESS}, {@code _committed_...}, {@code _started_...}, {@code
     * _metadata}, {@code _common_metadata}, {@code ..._$folder$} and {@code ....crc}.
     *
     * <p>To decode the channel's objects in the returned format, first filter out the marker files: apply
     * {@link #dataObjects(String)} both before this method and before decoding. Otherwise a marker file that has
     * content would be decoded as data.
     *
     * <p>Reads the objects one after the other, each in the same way as {@link #detect(ObjectBytes)}. Cancels the
     * subscription to the channel after the first object with content.
     *
     * @param objects a channel's objects
     * @return the format. The Mono is empty if no object has content, and fails if the first object with content has an
     *     unknown format
     */
    public static Mono<DetectedFormat> detect(Flux<ObjectBytes> objects) {
        return objects.filter(object -> object.size() != 0 && !MarkerFiles.isMarker(object.key()))
                .concatMap(Formats::detectUnlessEmpty, 0)
                .next();
    }

    /**
     * Filters out the files that Hadoop does not count as data. A file is filtered out if its name, or the name of a
     * directory in its path, begins with {@code _} or {@code .}, such as {@code _SUCCESS}, {@code _temporary/},
     * {@code _delta_log/}, {@code .hoodie/}, {@code .part-0.crc} and {@code .DS_Store}. Partition directories such as
     * {@code _year=2026/} count as data. Only the part of the path after the channel's prefix is examined.
     *
     * <pre>{@code
     * Flux<ObjectBytes> data = channel.objects().transform(Formats.dataObjects("s3://bucket/prefix"));
     * Formats.detect(data).flatMapMany(found -> data.transform(found.format().decodeObjects()))
     * }</pre>
     *
     * <p>The remaining objects keep their ordinals.
     *
     * @param prefix the prefix with which the keys of the channel's objects begin. If a key does not begin with this
     *     prefix, which can happen if the key comes from a manifest, only the last path component of the key is
     *     examined
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

    /** Collects the first bytes of an object: 64 KiB, or 192 KiB if the object begins with a Zstandard header. */
    private static final class FirstBytes {

        private ByteBuffer bytes = ByteBuffer.allocate(InflatedHead.ENOUGH);

        /** Copies as many bytes of the chunk as there is room for, and returns whether there is room for more bytes. */
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
