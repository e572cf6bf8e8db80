package io.pipeflux.core.operator;

/** The treatment of the last rows of a source if they are too few for a whole batch. */
public enum Remainder {
    /** They are emitted as a smaller batch. */
    KEEP,
    /** They are mapped, and what became of them is discarded. */
    DROP
}
