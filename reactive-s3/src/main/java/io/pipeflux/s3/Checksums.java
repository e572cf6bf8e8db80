package io.pipeflux.s3;

/** Chooses whether the bytes of objects are compared with the checksums that S3 stores. */
public enum Checksums {

    /**
     * Every object is verified, or its read fails. Besides the kinds of {@link #WHEN_AVAILABLE}, CRC64NVME is computed
     * in Java, and SHA-1 and SHA-256 are. A read that begins inside an object fails.
     */
    REQUIRE,

    /**
     * Every object that has a checksum which costs little is verified: a CRC32 or CRC32C of the whole object or of the
     * parts in which it was uploaded, and a CRC64NVME if {@code software.amazon.awssdk.crt:aws-crt} is on the class
     * path. Other objects are read without verification.
     */
    WHEN_AVAILABLE,

    /**
     * Every object that has a checksum of any of these kinds is verified, whatever it costs. Other objects are read
     * without verification, as with {@link #WHEN_AVAILABLE}.
     */
    ALL,

    /** No checksum is requested. */
    OFF
}
