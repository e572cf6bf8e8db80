package io.pipeflux.records;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.codec.Compression;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Detects the format of objects from their first bytes. */
public final class Formats {

    private Formats() {}

    /**
     * Detects the format in which an object can be decoded, from its first bytes. The result includes the reason.
     *
     * <table>
     * <caption>The formats, in the order in which they are tested</caption>
     * <tr><td>TFRecord</td><td>the checksum of the first record's length</td></tr>
     * <tr><td>RecordIO</td><td>the magic number, and a kind of part with which a record can begin</td></tr>
     * <tr><td>GZIP, ZLIB, Zstandard</td><td>their header, and one of the other formats in the decompressed bytes;
     *     Zstandard needs zstd-jni, see {@link io.pipeflux.core.codec.Compression#ZSTD}</td></tr>
     * <tr><td>text lines</td><td>UTF-8 without control characters other than tab, line feed, carriage return and form
     *     feed</td></tr>
     * </table>
     *
     * <p>The dialect of RecordIO is certain if the first bytes contain a part that MXNet never writes ({@link
     * io.pipeflux.records.recordio.RecordIo#dialectOf}). Otherwise the dialect is a guess, and the reason says so. The
     * guess is MXNet's dialect for a key that ends in {@code .rec}, {@code .rec.gz} or {@code .rec.zst}, and
     * SageMaker's dialect for all other keys.
     *
     * <p>On subscription, reads chunk by chunk until it has 64 KiB (192 KiB if the bytes begin with a Zstandard header)
     * or the object ends. It then cancels the rest. The object's buffers are not modified, see the {@linkplain
     * io.pipeflux.core contract of bytes}. Fails with a {@link io.pipeflux.core.CorruptRecordException} that shows the
     * first bytes if the format is none of these, or if the object is empty.
     */
    public static Mono<DetectedFormat> detect(ObjectBytes object) {
        Objects.requireNonNull(object, "object");
        return head(object).map(head -> new FormatProbe(object.key()).detect(bytes(head), head.hasRemaining()));
    }

    /**
     * Detects the format of a channel from its first object that has content. Skips objects that are empty or contain
     * only byte order marks, even if they are compressed. Also skips the files that Hadoop, Spark and their committers
     * leave next to the data: {@code _SUCCESS}, {@code _committed_...}, {@code _started_...}, {@code _metadata}, {@code
     * _common_metadata}, {@code ..._$folder$} and {@code ....crc}.
     *
     * <p>To decode objects in the returned format, leave out the same files first: apply {@link #dataObjects(String)}
     * both before this method and before decoding. Otherwise a marker file with content is decoded as data.
     *
     * <p>Reads the objects one after the other, each as {@link #detect(ObjectBytes)} does, and cancels the channel
     * after the first object with content.
     *
     * @param objects a channel's objects
     * @return the format. Empty if no object has content; an error if the first object with content has an unknown
     *     format
     */
    public static Mono<DetectedFormat> detect(Flux<ObjectBytes> objects) {
        return objects.filter(object -> object.size() != 0 && !MarkerFiles.isMarker(object.key()))
                .concatMap(Formats::detectUnlessEmpty, 0)
                .next();
    }

    /**
     * Leaves out the files that Hadoop does not count as data. These are the files under the channel's prefix whose
     * name, or the name of a directory in their path, begins with {@code _} or {@code .}, such as {@code _SUCCESS},
     * {@code _temporary/}, {@code _delta_log/}, {@code .hoodie/}, {@code .part-0.crc} and {@code .DS_Store}. Partitions
     * such as {@code _year=2026/} are data. Names in the prefix itself are ignored.
     *
     * <pre>
     *   Flux&lt;ObjectBytes&gt; data = channel.objects().transform(Formats.dataObjects("s3://bucket/prefix"));
     *   Formats.detect(data).flatMapMany(found -&gt; data.transform(found.format().decodeObjects()))
     * </pre>
     *
     * <p>The objects that remain keep their ordinals.
     *
     * @param prefix the beginning of the keys of the channel's objects. If a key does not begin with it, as a key from
     *     a manifest might not, only the last name in the key is examined
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

    /** The first bytes of an object: 64 KiB, or 192 KiB if they begin with a Zstandard header. */
    private static final class FirstBytes {

        private ByteBuffer bytes = ByteBuffer.allocate(InflatedHead.ENOUGH);

        /** Copies as many bytes of the chunk as fit, and returns whether there is room for more. */
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
