package io.pipeflux.records.text;

/** Options for {@link TextLines#format(LineOption...)}. */
public enum LineOption {

    /** Keeps a carriage return at the end of a line as part of the line. By default it is removed. */
    KEEP_CARRIAGE_RETURN,

    /** Skips lines that are empty or contain only a carriage return. By default they are empty records. */
    SKIP_BLANK_LINES,

    /**
     * Removes UTF-8 byte order marks at the beginning of lines. By default they are an error. If several files were
     * joined, the first line of each file may begin with a mark. If the input ends directly after a mark, the mark does
     * not count as a line. Byte order marks of UTF-16 and UTF-32 remain errors, because a line feed has two or four
     * bytes in such text.
     */
    SKIP_BYTE_ORDER_MARK,

    /** Keeps byte order marks, including those of UTF-16 and UTF-32, as part of their line. */
    KEEP_BYTE_ORDER_MARK
}
