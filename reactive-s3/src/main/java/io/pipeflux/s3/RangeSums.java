package io.pipeflux.s3;

import org.jspecify.annotations.Nullable;

/** The checksums of an object's bytes, and of some of its ranges. */
interface RangeSums {

    /** Returns the checksum of the bytes between two offsets, or null if it is not known. */
    byte @Nullable [] between(long from, long to);

    /** Returns the number of bytes that the checksums cover. */
    long length();

    /** Returns the checksum of all bytes that were added. */
    byte[] sum();

    /**
     * Returns whether a composite checksum matches the bytes, for one of the usual part sizes. A composite checksum is
     * the checksum of the parts' checksums.
     *
     * @param expected the composite checksum
     * @param parts the number of parts, at least 1
     */
    boolean isComposite(byte[] expected, int parts);
}
