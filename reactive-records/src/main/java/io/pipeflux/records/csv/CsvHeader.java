package io.pipeflux.records.csv;

/**
 * Whether the first record of each object, or of each stream without objects, is a header. See {@link CsvRecords} for
 * streams of joined objects, each with a header.
 */
public enum CsvHeader {

    /** There is no header. */
    NONE,

    /**
     * The first record is skipped. It must be one line, and its quotes where {@link CsvSchema} has them: a header that
     * goes on behind its line, as with lines that end with CR alone, would have rows in it.
     */
    SKIP,

    /**
     * The first record names the columns. Every field of the schema must be among them, once. Columns may be in any
     * order, another one in each object, and there may be more of them, which are not read. Only names of
     * the schema may have line breaks.
     */
    NAMES
}
