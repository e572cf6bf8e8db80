package io.pipeflux.records.csv;

/**
 * Whether the first record of each object, or of each stream without objects, is a header. See {@link CsvRecords} for
 * streams of joined objects, each with a header.
 */
public enum CsvHeader {

    /** There is no header. */
    NONE,

    /**
     * The first record is skipped. Its quotes must be where {@link CsvSchema} has them. It may have line feeds inside
     * quotes, if it has as many fields as the schema and rows cannot be among them: a header that goes on after its
     * line, as with lines that end with CR alone, or with a quote that nobody closed, would have rows in it. Where that
     * is in doubt, as in names of two lines that could both be records, it is refused; so are all line breaks if the
     * schema {@linkplain CsvSchema#select selects} columns. Read such headers by {@link #NAMES}.
     */
    SKIP,

    /**
     * The first record names the columns. Every field of the schema must be among them, once. Columns may be in any
     * order, another one in each object, and there may be more of them, which are not read. Only names of
     * the schema may have line breaks.
     */
    NAMES
}
