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
 * The content of a schema file.
 *
 * @param batches collects records into a batch of any size
 * @param padded a function that takes a batch size, and returns a collector that pads the last batch to this size
 * @param text the format of text records, or null if each line is a record
 * @param hasHeader whether the text begins with a header, or false if the records are not text
 */
record RecordSchema(
        Collector<RawRecord, ?, ColumnBatch> batches,
        IntFunction<Collector<RawRecord, ?, ColumnBatch>> padded,
        @Nullable FrameFormat<RawRecord> text,
        boolean hasHeader) {

    /** Returns a record schema without a text format. */
    static RecordSchema of(Schema schema) {
        return new RecordSchema(schema.batches(), schema::batches, null, false);
    }

    /**
     * Returns the format for reading records.
     *
     * @param kind the format that was chosen or detected
     * @param otherwise the format to return if the records are not text, or if this schema contains no text format
     */
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
