package io.pipeflux.records;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.FirstBytes;
import io.pipeflux.records.DetectedFormat.Kind;
import io.pipeflux.records.DetectedFormat.Payload;
import io.pipeflux.records.recordio.Dialect;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.records.tfrecord.TfRecords;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * Detects the format of one object from the object's first bytes. {@link Formats#detect} documents the order in which
 * the formats are tested.
 */
final class FormatProbe {

    private static final int TFRECORD_HEADER_BYTES = 12;
    private static final int RECORDIO_HEADER_BYTES = 8;
    private static final int MAX_RECORD_BYTES = Integer.MAX_VALUE - 63;
    private static final int SHOWN_BYTES = 16;

    private final String key;

    FormatProbe(String key) {
        this.key = key;
    }

    /**
     * Detects the format.
     *
     * @param whole whether {@code head} contains the whole object, not only its first bytes
     */
    DetectedFormat detect(byte[] head, boolean whole) {
        DetectedFormat found = framed(head, Compression.NONE, "");
        if (found == null) {
            found = compressed(head, whole);
        }
        if (found == null) {
            found = text(head, whole, Compression.NONE, "");
        }
        if (found == null) {
            throw unknown(head, whole);
        }
        return found;
    }

    /**
     * Detects TFRecord and RecordIO by their headers, which no other format has. Returns null if the bytes are neither
     * TFRecord nor RecordIO.
     *
     * @param why a statement about the compression, which becomes the beginning of the result's reason; may be empty
     */
    private @Nullable DetectedFormat framed(byte[] head, Compression compression, String why) {
        if (beginsAs(TfRecords.format(), TFRECORD_HEADER_BYTES, head)) {
            Payload payload = PayloadProbe.of(head, TFRECORD_HEADER_BYTES);
            String reason = why + "the checksum of the first record's length is that of a TFRecord" + describe(payload);
            return new DetectedFormat(Kind.TFRECORD, compression, null, payload, reason);
        }
        if (beginsAs(RecordIo.format(), RECORDIO_HEADER_BYTES, head)) {
            Payload payload = PayloadProbe.of(head, RECORDIO_HEADER_BYTES);
            Optional<Dialect> detected = RecordIo.dialectOf(ByteBuffer.wrap(head));
            Dialect dialect = detected.orElse(isMxnets(key) ? Dialect.DMLC : Dialect.CONCAT);
            String reason =
                    why + "it begins with RecordIO's magic number" + describe(payload) + "; " + dialect + " since "
                            + (detected.isPresent() ? "a part has a length that MXNet never writes" : guessed(dialect));
            return new DetectedFormat(Kind.RECORDIO, compression, dialect, payload, reason);
        }
        return null;
    }

    private static boolean isMxnets(String key) {
        String name = key.toLowerCase(Locale.ROOT);
        return name.endsWith(".rec") || name.endsWith(".rec.gz") || name.endsWith(".rec.zst");
    }

    private static String guessed(Dialect dialect) {
        return "no part tells the dialect, and "
                + (dialect == Dialect.DMLC ? "MXNet's files end in .rec" : "it is SageMaker's, the default");
    }

    private static String describe(Payload payload) {
        return switch (payload) {
            case TF_EXAMPLE -> ", and the record is shaped as a tf.train.Example";
            case AIALGS_RECORD -> ", and the record is shaped as SageMaker's aialgs.data.Record";
            case UNKNOWN -> "";
        };
    }

    /** Returns whether the bytes begin with a valid record header of the format. */
    private static boolean beginsAs(FrameFormat<RawRecord> format, int headerBytes, byte[] head) {
        if (head.length < headerBytes) {
            return false;
        }
        AtomicReference<@Nullable Throwable> error = new AtomicReference<>();
        Flux.just(ByteBuffer.wrap(head, 0, headerBytes))
                .transform(format.maxRecordBytes(MAX_RECORD_BYTES).decode())
                .subscribe(record -> {}, error::set);
        return error.get() == null || error.get() instanceof TruncatedInputException;
    }

    private @Nullable DetectedFormat compressed(byte[] head, boolean whole) {
        Compression compression = InflatedHead.compression(head);
        InflatedHead inflated = InflatedHead.of(head, compression);
        if (inflated == null) {
            return null;
        }
        String why = "it begins as " + compression + " does; inside, ";
        DetectedFormat found = framed(inflated.bytes(), compression, why);
        if (found != null) {
            return found;
        }
        if (compression == Compression.ZLIB && isText(head, whole)) {
            return null; // uncompressed text: both bytes of a ZLIB header can also be letters
        }
        return text(inflated.bytes(), whole && inflated.whole(), compression, why);
    }

    private static @Nullable DetectedFormat text(byte[] head, boolean whole, Compression compression, String why) {
        return isText(head, whole)
                ? new DetectedFormat(
                        Kind.TEXT_LINES,
                        compression,
                        null,
                        Payload.UNKNOWN,
                        why + "the first " + head.length + " bytes are UTF-8 text without control characters")
                : null;
    }

    private static boolean isText(byte[] head, boolean whole) {
        for (byte b : head) {
            if (b >= 0 && b < ' ' && b != '\t' && b != '\n' && b != '\r' && b != '\f') {
                return false;
            }
        }
        return head.length > 0
                && !StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(head), CharBuffer.allocate(head.length), whole)
                        .isError();
    }

    private CorruptRecordException unknown(byte[] head, boolean whole) {
        if (head.length == 0) {
            return CoreAccess.exception(
                    CorruptRecordException.class,
                    ErrorKind.UNKNOWN_FORMAT,
                    "format unknown: the object is empty, as one of any format may be",
                    key,
                    null,
                    null);
        }
        Compression compression = InflatedHead.compression(head);
        return CoreAccess.exception(
                CorruptRecordException.class,
                ErrorKind.UNKNOWN_FORMAT,
                "format unknown: looked for a TFRecord's length checksum, RecordIO's magic number 0xced7230a, UTF-8 text,"
                        + " and each of them inside GZIP, ZLIB and Zstandard; found"
                        + (compression == Compression.NONE ? "" : " a header of " + compression + " but none inside;")
                        + shown(head)
                        + (compression == Compression.NONE
                                ? FirstBytes.hint(head, "")
                                : inside(head, compression, whole)),
                key,
                null,
                null);
    }

    private static String shown(byte[] head) {
        byte[] first = Arrays.copyOf(head, Math.min(head.length, SHOWN_BYTES));
        return " the first " + first.length + " bytes "
                + HexFormat.ofDelimiter(" ").formatHex(first);
    }

    /** Describes the decompressed content, or states why the bytes cannot be decompressed. */
    private static String inside(byte[] head, Compression compression, boolean whole) {
        InflatedHead inflated = InflatedHead.of(head, compression);
        if (inflated == null) {
            String failure = InflatedHead.failure(head, compression);
            if (failure != null) {
                return "; what follows is corrupt, or not " + compression + ": " + failure;
            }
            return whole
                    ? "; the object ends before any content"
                    : "; only the first " + (head.length >> 10)
                            + " KiB were looked at, and they have no content: name the" + " format instead";
        }
        Compression again = InflatedHead.compression(inflated.bytes());
        return "; inside," + shown(inflated.bytes())
                + (again != Compression.NONE && InflatedHead.of(inflated.bytes(), again) != null
                        ? "; they are compressed again, by " + again + ": compress the data only once"
                        : FirstBytes.hint(inflated.bytes(), ""));
    }
}
