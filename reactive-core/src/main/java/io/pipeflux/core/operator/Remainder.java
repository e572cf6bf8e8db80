package io.pipeflux.core.operator;

/** What becomes of the last rows of a source when they are too few for a whole batch. */
public enum Remainder {
    /** They make a smaller batch. */
    KEEP,
    /** They are discarded. */
    DROP
}
