package io.pipeflux.core.operator;

/** What a mix of several sources does when one of them has ended and the others may have more elements. */
public enum WhenOneEnds {
    /** The mix ends, too. The other sources are cancelled, so the rest of them is not read in this epoch. */
    STOP,
    /** The mix continues with the other sources until all have ended, as only {@code sample} can. */
    CONTINUE,
    /** The mix fails unless all sources end after the same number of elements, as only {@code zip} can. */
    FAIL
}
