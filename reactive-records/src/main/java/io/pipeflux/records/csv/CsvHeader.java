package io.pipeflux.records.csv;

/**
 * Whether the first record of each object, or of each stream without objects, is a header. See {@link CsvRecords} for
 * streams of joined objects, each with a header.
 */
public enum CsvHeader {

    /** There is no header. */
    NONE,

    /**
     * The first record is skipped. Its quotes must be valid as in {@link CsvSchema}.
     *
     * <p>A header may have line feeds inside quotes if it has as many fields as the schema and cannot contain rows. It
     * would contain rows if lines ended with CR alone, or if a quote were not closed. If that is possible, for example
     * because a name has two lines that could both be records, the header is an error. If the schema
     * {@linkplain CsvSchema#select selects} columns, every line break is an error. Read such headers with
     * {@link #NAMES}.
     */
    SKIP,

    /**
     * The first record names the columns. It must name every field of the schema exactly once. Columns may have any
     * order, also a different one in each object. Columns that the schema does not name are not read, and their names
     * must not have line breaks.
     */
    NAMES
}
