package io.pipeflux.s3;

import org.jspecify.annotations.Nullable;

/** The sums of an object's bytes and of some of its ranges. */
interface RangeSums {

    /** Returns the sum of the bytes between two offsets, or null if it is not known. */
    byte @Nullable [] between(long from, long to);

    /** Returns the number of bytes that were summed. */
    long length();

    /** Returns the sum of all these bytes. */
    byte[] sum();

    /**
     * Returns whether this is the sum of the sums of the object's parts, if the sizes of the parts are usual ones.
     *
     * @param parts the number of parts, at least 1
     */
    boolean isComposite(byte[] expected, int parts);
}
