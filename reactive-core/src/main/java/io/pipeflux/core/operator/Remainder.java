package io.pipeflux.core.operator;

/** What happens to the last rows of a source if there are too few of them for a whole batch. */
public enum Remainder {
    /** The rows are emitted as a smaller batch. */
    KEEP,
    /** The rows are mapped, and the results are discarded. */
    DROP
}
