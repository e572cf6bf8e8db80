package io.pipeflux.s3;

/** Selects whether the bytes of objects are compared with the checksums that S3 stores. */
public enum Checksums {

    /**
     * Verifies every object. An object that cannot be verified fails to be read. In addition to the checksums of {@link
     * #WHEN_AVAILABLE}, this also computes CRC64NVME in Java, SHA-1 and SHA-256. A read that begins inside an object
     * fails.
     */
    REQUIRE,

    /**
     * Verifies every object whose checksum is cheap to compute: a CRC32 or CRC32C, either of the whole object or of the
     * parts in which it was uploaded, and a CRC64NVME if {@code software.amazon.awssdk.crt:aws-crt} is on the class
     * path. Other objects are read without verification.
     */
    WHEN_AVAILABLE,

    /**
     * Verifies every object that has any of these checksums, whatever the cost. Other objects are read without
     * verification, as with {@link #WHEN_AVAILABLE}.
     */
    ALL,

    /** Verifies no object and requests no checksum. */
    OFF
}
