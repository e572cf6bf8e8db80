package io.pipeflux.core.operator;

/** What a mix of several sources does when one source has ended and the others may have more elements. */
public enum WhenOneEnds {
    /** The mix ends. The other sources are cancelled, so their remaining elements are not read in this epoch. */
    STOP,
    /** The mix continues with the other sources until all have ended. Only {@code sample} supports this. */
    CONTINUE,
    /** The mix fails unless all sources have the same number of elements. Only {@code zip} supports this. */
    FAIL
}
