package io.pipeflux.samples.agent;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.records.DetectedFormat;
import io.pipeflux.records.batch.ColumnBatch;
import java.util.stream.Collector;
import org.jspecify.annotations.Nullable;

/**
 * What a schema's file says.
 *
 * @param batches how records become a batch
 * @param text how records are cut out of text; null: each line is one
 * @param hasHeader whether text begins with a header, which other formats have not
 */
record RecordSchema(
        Collector<RawRecord, ?, ColumnBatch> batches,
        @Nullable FrameFormat<RawRecord> text,
        boolean hasHeader) {

    /** A schema whose records may be in any format. */
    static RecordSchema of(Collector<RawRecord, ?, ColumnBatch> batches) {
        return new RecordSchema(batches, null, false);
    }

    /** Returns the format in which records of a format that was chosen or found are read. */
    FrameFormat<RawRecord> format(DetectedFormat.Kind kind, Compression compression, FrameFormat<RawRecord> otherwise) {
        if (kind == DetectedFormat.Kind.TEXT_LINES) {
            return text == null ? otherwise : text.compression(compression);
        }
        if (hasHeader) {
            throw new InputException("expected text, since the schema says that it has a header, but got " + kind);
        }
        return otherwise;
    }
}
