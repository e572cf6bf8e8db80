package io.pipeflux.records.text;

/** What {@link TextLines#format(LineOption...)} does otherwise than by default. */
public enum LineOption {

    /** A carriage return at the end of a line is part of the line. */
    KEEP_CARRIAGE_RETURN,

    /** A line that has nothing in it, but for a carriage return, is no record. */
    SKIP_BLANK_LINES,

    /**
     * UTF-8 byte order marks at the beginning of a line are not part of it. If files were joined, the first line of
     * each may have one. Marks that the input ends after are not a line. The marks of UTF-16 and UTF-32 stay errors:
     * their text has other line feeds.
     */
    SKIP_BYTE_ORDER_MARK,

    /** A byte order mark is part of its line, and so are the bytes of one of UTF-16 or UTF-32. */
    KEEP_BYTE_ORDER_MARK
}
