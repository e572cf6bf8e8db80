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
 * The format that an object seems to have, detected from its first bytes.
 *
 * @param kind the format of its records, inside its compression
 * @param compression the compression of the object
 * @param dialect the dialect of {@link Kind#RECORDIO}; null for other formats
 * @param payload what the first record contains
 * @param reason why this format was chosen, as a sentence for the user
 */
public record DetectedFormat(
        Kind kind, Compression compression, @Nullable Dialect dialect, Payload payload, String reason) {

    /** A format of records. */
    public enum Kind {
        /** {@link TfRecords}. */
        TFRECORD,
        /** {@link RecordIo}. */
        RECORDIO,
        /** {@link TextLines}, in UTF-8. */
        TEXT_LINES
    }

    /** What a record contains. */
    public enum Payload {
        /** A {@code tf.train.Example}. */
        TF_EXAMPLE,
        /** SageMaker's recordio-protobuf, {@code aialgs.data.Record}. */
        AIALGS_RECORD,
        /** Anything else, or a payload that the first bytes do not identify. */
        UNKNOWN
    }

    /**
     * Returns the format to decode the object's bytes with. It decompresses them, and skips byte order marks of text.
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
