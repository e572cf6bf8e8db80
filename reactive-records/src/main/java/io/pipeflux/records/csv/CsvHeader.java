package io.pipeflux.records.csv;

/**
 * Whether the first record of each object, or of each stream without objects, is a header. See {@link CsvRecords} for
 * streams of joined objects, each with a header.
 */
public enum CsvHeader {

    /** There is no header. */
    NONE,

    /** The first record is skipped, whatever it holds. */
    SKIP,

    /**
     * The first record names the columns. Every field of the schema must be among them, once. Columns may be in any
     * order, another one in each object, and there may be more of them, which are not read.
     */
    NAMES
}
