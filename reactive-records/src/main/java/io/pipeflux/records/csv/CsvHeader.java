package io.pipeflux.records.csv;

/**
 * Specifies whether the first record is a header: the first record of each object or, if a stream does not consist of
 * objects, the first record of the stream. For a stream of joined objects with one header per object, see {@link
 * CsvRecords}.
 */
public enum CsvHeader {

    /** There is no header. */
    NONE,

    /**
     * The first record is skipped. Quotes in the first record must be valid by the rules of {@link CsvSchema}.
     *
     * <p>A header that might contain rows is an error, because these rows would be lost. For example, a header with an
     * unclosed quote would include the rows after it, and so would a header whose line ends with CR alone. Therefore
     * line feeds inside quotes are permitted only if the header has as many fields as the schema and cannot contain
     * rows. For example, a column name that consists of two lines is an error if each of these lines could be a record.
     * If the schema {@linkplain CsvSchema#select selects} columns, every line break in the header is an error. In
     * contrast, {@link #NAMES} permits line breaks in the names of the schema's fields.
     */
    SKIP,

    /**
     * The first record contains the column names. The name of every field of the schema must occur exactly once. The
     * columns can be in any order, and the order can differ between objects. Columns that are not in the schema are not
     * read. The names of these columns must not contain line breaks.
     */
    NAMES
}
