package io.pipeflux.records.csv;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;

/**
 * Records of comma-separated values. Unlike {@link io.pipeflux.records.text.TextLines lines of text}, a record may have
 * line feeds inside quotes.
 *
 * <pre>
 *   stream    [header LF]  record LF  record LF ...  record [LF]          LF, or CR LF
 *   record    field , field , ...
 *   field     text without LF    |   " text, quotes doubled: delimiters and LF among it "
 * </pre>
 *
 * <p>A quote begins a quoted field only as the field's first byte. The line feed after a record, and one carriage
 * return before it, are not part of the record. Lines that are empty are not records. The last record needs no line
 * feed. Input that ends inside quotes is a {@link io.pipeflux.core.TruncatedInputException}. A byte order mark of UTF-8
 * before a record is skipped; a second one behind it, and one of UTF-16 or UTF-32, is a {@link
 * io.pipeflux.core.CorruptRecordException}. What is in the fields is checked by {@link CsvSchema}.
 *
 * <pre>{@code
 * CsvSchema schema = CsvSchema.of(CsvField.int64("id"), CsvField.float32("price"));
 * Flux<ColumnBatch> batches = objects
 *         .transform(CsvRecords.format(schema, CsvHeader.NAMES).decodeObjects())
 *         .transform(mapAndBatch(64, 2, schema.batches()));
 * }</pre>
 *
 * <p><b>Headers</b> are not records: they have no ordinal. Objects are known in {@link FrameFormat#decodeObjects}: the
 * first record of each is its header, and no other. A pipe knows no objects. There the first record is a header, and so
 * is each later one that equals it byte for byte; with {@link CsvHeader#NAMES} also one that names all fields of the
 * schema in another order, if these are at least two. A header that is none of these is read as a row, and is an error
 * if the row must have a number. An object whose last record has no line feed runs on into the next object's header.
 *
 * <p><b>Resuming.</b> With {@code NONE}, and with {@code SKIP} in an object, reading resumes at the byte after the last
 * record. Otherwise the header must be seen: the object, or the stream, is read from its beginning, and the records
 * before the point are dropped.
 */
public final class CsvRecords {

    private static final String NAME = "CSV";

    private CsvRecords() {}

    /** Returns the format without a header, with commas and quotes. */
    public static FrameFormat<RawRecord> format() {
        return FrameFormat.of(NAME, () -> new CsvDecoder((byte) ',', true));
    }

    /**
     * Returns the format of a schema's records: with its delimiter, its quotes and, if the header names columns, its
     * fields. With {@link CsvHeader#NAMES}, records are returned as the schema reads them: its fields in its order.
     *
     * @param header whether there is a header
     * @throws IllegalArgumentException if the header names columns, and the schema {@linkplain CsvSchema#select
     *     selects} them by their places, too
     */
    public static FrameFormat<RawRecord> format(CsvSchema schema, CsvHeader header) {
        if (header == CsvHeader.NAMES && schema.isSelecting()) {
            throw new IllegalArgumentException(
                    "expected a schema without select(...) for a header that names columns, but got " + schema);
        }
        return FrameFormat.of(NAME, () -> new CsvDecoder(schema, header)).readWhole(header == CsvHeader.NAMES);
    }
}
