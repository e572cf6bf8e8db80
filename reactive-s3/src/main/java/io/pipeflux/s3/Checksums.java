package io.pipeflux.s3;

/** Selects whether the bytes of objects are compared with the checksums that S3 stores. */
public enum Checksums {

    /**
     * Verifies every object. If an object cannot be verified, reading it fails. Computes SHA-1, SHA-256 and (in Java)
     * CRC64NVME in addition to the checksums that {@link #WHEN_AVAILABLE} computes. A read that begins after the first
     * byte of an object fails.
     */
    REQUIRE,

    /**
     * Verifies every object whose checksum is cheap to compute: a CRC32 or CRC32C, either of the whole object or of the
     * parts in which it was uploaded, or a CRC64NVME if {@code software.amazon.awssdk.crt:aws-crt} is on the class
     * path. Other objects are read without verification.
     */
    WHEN_AVAILABLE,

    /**
     * Verifies every object that {@link #REQUIRE} could verify, however expensive its checksum is to compute. Other
     * objects are read without verification, as with {@link #WHEN_AVAILABLE}.
     */
    ALL,

    /** Verifies no object and requests no checksum. */
    OFF
}
