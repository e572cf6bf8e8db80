package io.pipeflux.records;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.records.recordio.Dialect;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.records.text.LineOption;
import io.pipeflux.records.text.TextLines;
import io.pipeflux.records.tfrecord.TfRecords;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The probable format of an object, detected from the object's first bytes.
 *
 * @param kind the format of the records, after decompression
 * @param compression the compression of the object
 * @param dialect the dialect of {@link Kind#RECORDIO}, or null for other formats
 * @param payload the content of the first record
 * @param reason the reason for choosing this format, as a sentence for the user
 */
public record DetectedFormat(
        Kind kind, Compression compression, @Nullable Dialect dialect, Payload payload, String reason) {

    /** A record format. */
    public enum Kind {
        /** The format of {@link TfRecords}. */
        TFRECORD,
        /** The format of {@link RecordIo}. */
        RECORDIO,
        /** The format of {@link TextLines}, in UTF-8. */
        TEXT_LINES
    }

    /** The content of a record. */
    public enum Payload {
        /** A {@code tf.train.Example}. */
        TF_EXAMPLE,
        /** SageMaker's recordio-protobuf, {@code aialgs.data.Record}. */
        AIALGS_RECORD,
        /** Any other content, or content that cannot be identified from the first bytes. */
        UNKNOWN
    }

    /**
     * Returns the format with which to decode the object. The format also decompresses the object and, for text, skips
     * byte order marks.
     */
    public FrameFormat<RawRecord> format() {
        FrameFormat<RawRecord> inflated = switch (kind) {
            case TFRECORD -> TfRecords.format();
            case RECORDIO -> RecordIo.format(Objects.requireNonNull(dialect, "dialect"));
            case TEXT_LINES -> TextLines.format(LineOption.SKIP_BYTE_ORDER_MARK);
        };
        return inflated.compression(compression);
    }
}
