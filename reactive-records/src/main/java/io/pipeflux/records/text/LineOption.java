package io.pipeflux.records.text;

/** What {@link TextLines#format(LineOption...)} does otherwise than by default. */
public enum LineOption {

    /** A carriage return at the end of a line is part of the line. */
    KEEP_CARRIAGE_RETURN,

    /** A line that has nothing in it, but for a carriage return, is no record. */
    SKIP_BLANK_LINES,

    /**
     * A UTF-8 byte order mark at the beginning of a line is no part of it. If files were joined, the first
     * line of each may have one.
     */
    SKIP_BYTE_ORDER_MARK,

    /** A byte order mark is part of its line. */
    KEEP_BYTE_ORDER_MARK
}
