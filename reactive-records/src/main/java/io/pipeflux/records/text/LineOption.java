package io.pipeflux.records.text;

/** The options for {@link TextLines#format(LineOption...)}. */
public enum LineOption {

    /** Keeps a carriage return at the end of a line as part of the line. By default, the carriage return is removed. */
    KEEP_CARRIAGE_RETURN,

    /** Skips lines that are empty or contain only a carriage return. By default, such a line is an empty record. */
    SKIP_BLANK_LINES,

    /**
     * Removes UTF-8 byte order marks at the beginning of lines. By default, byte order marks are an error. Every line
     * may begin with a mark, because several files that begin with a mark may have been joined. If the input ends
     * directly after a mark, the mark does not count as a line. Byte order marks of UTF-16 and UTF-32 are still errors,
     * because such text cannot be split into lines: its line feeds have two or four bytes.
     */
    SKIP_BYTE_ORDER_MARK,

    /** Keeps byte order marks, including those of UTF-16 and UTF-32, as part of the line that begins with them. */
    KEEP_BYTE_ORDER_MARK
}
