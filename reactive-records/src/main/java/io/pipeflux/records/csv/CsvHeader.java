package io.pipeflux.records.csv;

/**
 * Specifies whether the first record of each object, or of each stream without objects, is a header. See {@link
 * CsvRecords} for streams of joined objects that each have a header.
 */
public enum CsvHeader {

    /** There is no header. */
    NONE,

    /**
     * The first record is skipped. Its quotes must be valid as in {@link CsvSchema}.
     *
     * <p>A header may contain line feeds inside quotes if it has as many fields as the schema and cannot contain rows.
     * It could contain rows if lines ended with CR alone, or if a quote were not closed. A header that could contain
     * rows is an error, for example one with a name of two lines that could both be records. If the schema {@linkplain
     * CsvSchema#select selects} columns, every line break in the header is an error. Use {@link #NAMES} to read such
     * headers.
     */
    SKIP,

    /**
     * The first record contains the names of the columns. It must contain the name of every field of the schema exactly
     * once. The columns can be in any order, and the order can differ between objects. Columns that are not in the
     * schema are not read, and their names must not contain line breaks.
     */
    NAMES
}
