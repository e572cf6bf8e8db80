package io.pipeflux.records.csv;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;

/**
 * Decodes records of comma-separated values. Unlike {@link io.pipeflux.records.text.TextLines lines of text}, a record
 * may contain line feeds inside quotes.
 *
 * <pre>
 *   stream    [header LF]  record LF  record LF ...  record [LF]          LF, or CR LF
 *   record    field , field , ...
 *   field     text without LF    |   " text that may contain delimiters, LF and doubled quotes "
 * </pre>
 *
 * <p>A field is quoted only if its first byte is a quote. The line feed after a record, and one carriage return before
 * the line feed, are not part of the record. Empty lines are not records. The last record needs no line feed. Input
 * that ends inside quotes causes a {@link io.pipeflux.core.TruncatedInputException}. A UTF-8 byte order mark before a
 * record is skipped. A second mark after it causes a {@link io.pipeflux.core.CorruptRecordException}, and so does a
 * byte order mark of UTF-16 or UTF-32. {@link CsvSchema} checks the content of the fields.
 *
 * <pre>{@code
 * CsvSchema schema = CsvSchema.of(CsvField.int64("id"), CsvField.float32("price"));
 * Flux<ColumnBatch> batches = objects
 *         .transform(CsvRecords.format(schema, CsvHeader.NAMES).decodeObjects())
 *         .transform(mapAndBatch(64, 2, schema.batches()));
 * }</pre>
 *
 * <p><b>Headers</b> are not records and have no ordinal. With {@link FrameFormat#decodeObjects}, the first record of
 * each object is its header, and no other record is. A pipe does not show where objects begin. Therefore the first
 * record of a pipe is a header, and so is each later record that equals it byte for byte. With {@link CsvHeader#NAMES}
 * and a schema of at least two fields, a record that contains the names of all fields in a different order is a header,
 * too. Any other header is read as a row, which is an error if one of its fields must be a number. If an object's last
 * record has no line feed, it is joined with the next object's header.
 *
 * <p><b>Resuming.</b> With {@code NONE}, and with {@code SKIP} in an object, reading resumes at the byte after the last
 * record. In all other cases the header is needed. The object or the stream is then read from its beginning, and the
 * records before the resume point are dropped.
 */
public final class CsvRecords {

    private static final String NAME = "CSV";

    private CsvRecords() {}

    /** Returns the format without a header, with a comma as the delimiter and with quotes. */
    public static FrameFormat<RawRecord> format() {
        return FrameFormat.of(NAME, () -> new CsvDecoder((byte) ',', true));
    }

    /**
     * Returns the format of a schema's records, with its delimiter and quotes. With {@link CsvHeader#NAMES}, the fields
     * of a record are in the schema's order, whatever their order in the input.
     *
     * @param header whether there is a header, and whether it contains the names of the columns
     * @throws IllegalArgumentException if the header contains the names of the columns, but the schema {@linkplain
     *     CsvSchema#select selects} columns by their index
     */
    public static FrameFormat<RawRecord> format(CsvSchema schema, CsvHeader header) {
        if (header == CsvHeader.NAMES && schema.isSelecting()) {
            throw new IllegalArgumentException(
                    "expected a schema without select(...) for a header that names columns, but got " + schema);
        }
        return FrameFormat.of(NAME, () -> new CsvDecoder(schema, header)).readWhole(header == CsvHeader.NAMES);
    }
}
