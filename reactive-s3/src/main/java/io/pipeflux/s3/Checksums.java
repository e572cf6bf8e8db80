package io.pipeflux.s3;

/** Selects whether the bytes of objects are compared with the checksums that S3 stores. */
public enum Checksums {

    /**
     * Verifies every object. Reading an object fails if the object cannot be verified, or if only a part of it is read.
     * This option computes the same checksums as {@link #WHEN_AVAILABLE}, and also SHA-1 and SHA-256. It always
     * computes CRC64NVME: in Java if {@code aws-crt} is not on the class path.
     */
    REQUIRE,

    /**
     * Verifies every object whose checksum is cheap to compute. CRC32 and CRC32C are cheap, both for a whole object and
     * for the parts in which it was uploaded. CRC64NVME is cheap if {@code software.amazon.awssdk.crt:aws-crt} is on
     * the class path. Other objects are read without verification.
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
