package io.pipeflux.records.text;

/** Options of {@link TextLines#format(LineOption...)}. */
public enum LineOption {

    /** A carriage return at the end of a line is part of the line. By default it is removed. */
    KEEP_CARRIAGE_RETURN,

    /** Lines that are empty, or have only a carriage return, are skipped. By default they are empty records. */
    SKIP_BLANK_LINES,

    /**
     * Byte order marks of UTF-8 at the beginning of a line are removed; by default they are an error. If files were
     * joined, the first line of each may have one. Input that ends after a mark has no line there. Marks of UTF-16 and
     * UTF-32 remain errors: in such text a line feed has two or four bytes.
     */
    SKIP_BYTE_ORDER_MARK,

    /** Byte order marks, also those of UTF-16 and UTF-32, are part of their line. */
    KEEP_BYTE_ORDER_MARK
}
