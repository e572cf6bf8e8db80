package io.pipeflux.records.csv;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;

/**
 * Decodes CSV records (comma-separated values). Unlike {@link io.pipeflux.records.text.TextLines text lines}, records
 * may contain line feeds inside quotes.
 *
 * <pre>
 *   stream    [header LF]  record LF  record LF ...  record [LF]          LF, or CR LF
 *   record    field , field , ...
 *   field     text without LF    |   " text that may contain delimiters, LF and doubled quotes "
 * </pre>
 *
 * <p>A field is quoted only if its first byte is a quote. The line feed after a record, and one carriage return before
 * the line feed, are not part of the record. Empty lines are not records. The last record need not end with a line
 * feed. Input that ends inside quotes causes a {@link io.pipeflux.core.TruncatedInputException}. A UTF-8 byte order
 * mark before a record is skipped. Two marks in a row, and byte order marks of UTF-16 or UTF-32, cause a {@link
 * io.pipeflux.core.CorruptRecordException}. This class does not check the content of the fields; {@link CsvSchema}
 * does.
 *
 * <pre>{@code
 * CsvSchema schema = CsvSchema.of(CsvField.int64("id"), CsvField.float32("price"));
 * Flux<ColumnBatch> batches = objects
 *         .transform(CsvRecords.format(schema, CsvHeader.NAMES).decodeObjects())
 *         .transform(mapAndBatch(64, 2, schema.batches()));
 * }</pre>
 *
 * <p><b>Headers</b> are not emitted as records and have no ordinal. With {@link FrameFormat#decodeObjects}, only the
 * first record of each object is a header. In a pipe, the beginning of an object cannot be recognized. Therefore the
 * first record of a pipe is a header, and so is each later record that is byte for byte equal to the first. With {@link
 * CsvHeader#NAMES} and a schema of at least two fields, a record that contains the names of all fields in a different
 * order is a header, too. Any other header of a later object is read as a row, which causes an error if the schema has
 * a numeric field. If the last record of an object has no line feed, the record is joined with the header of the next
 * object.
 *
 * <p><b>Resuming.</b> Reading resumes at the byte after the last record if the header is {@code NONE}, or if it is
 * {@code SKIP} and {@code decodeObjects} is used. In all other cases the header is needed. Therefore the object or the
 * stream is read from the beginning, and the records before the resume point are dropped.
 */
public final class CsvRecords {

    private static final String NAME = "CSV";

    private CsvRecords() {}

    /** Returns the format for records without a header, with commas as delimiters. Fields can be quoted. */
    public static FrameFormat<RawRecord> format() {
        return FrameFormat.of(NAME, () -> new CsvDecoder((byte) ',', true));
    }

    /**
     * Returns the format for the records of a schema, with the schema's delimiter and quotes. With {@link
     * CsvHeader#NAMES}, each decoded record has its fields in the order of the schema, whatever their order in the
     * input.
     *
     * @param header whether there is a header, and whether the header's column names are used
     * @throws IllegalArgumentException if {@code header} is {@code NAMES}, but the schema {@linkplain CsvSchema#select
     *     selects} columns by their index
     */
    public static FrameFormat<RawRecord> format(CsvSchema schema, CsvHeader header) {
        if (header == CsvHeader.NAMES && schema.isSelecting()) {
            throw new IllegalArgumentException(
                    "expected a schema without select(...) for a header that names columns, but got " + schema);
        }
        return FrameFormat.of(NAME, () -> new CsvDecoder(schema, header)).readWhole(header == CsvHeader.NAMES);
    }
}
