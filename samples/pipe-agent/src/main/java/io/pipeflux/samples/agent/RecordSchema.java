package io.pipeflux.samples.agent;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.records.DetectedFormat;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.example.Schema;
import java.util.function.IntFunction;
import java.util.stream.Collector;
import org.jspecify.annotations.Nullable;

/**
 * What a schema's file says.
 *
 * @param batches how records become a batch of any number of them
 * @param padded how records become a batch of a number of rows, the last padded
 * @param text how records are cut out of text; null: each line is one
 * @param hasHeader whether text begins with a header, which other formats have not
 */
record RecordSchema(
        Collector<RawRecord, ?, ColumnBatch> batches,
        IntFunction<Collector<RawRecord, ?, ColumnBatch>> padded,
        @Nullable FrameFormat<RawRecord> text,
        boolean hasHeader) {

    /** A schema whose records may be in any format. */
    static RecordSchema of(Schema schema) {
        return new RecordSchema(schema.batches(), schema::batches, null, false);
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
