package io.pipeflux.s3;

import org.jspecify.annotations.Nullable;

/** The checksum of all bytes of an object, and the checksums of the ranges that may be its uploaded parts. */
interface RangeSums {

    /** Returns the checksum of the bytes between two offsets, or null if it is not known. */
    byte @Nullable [] between(long from, long to);

    /** Returns the number of bytes that the checksums cover. */
    long length();

    /** Returns the checksum of all bytes that were added. */
    byte[] sum();

    /**
     * Returns whether the bytes match a composite checksum, which is the checksum of the parts' checksums. The sizes of
     * the parts are not known, so this method tries the usual sizes.
     *
     * @param expected the composite checksum
     * @param parts the number of parts, at least 1
     */
    boolean isComposite(byte[] expected, int parts);
}
