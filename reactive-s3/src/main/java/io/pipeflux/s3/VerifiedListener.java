package io.pipeflux.s3;

/**
 * A subscriber to an object's bytes that wants to be notified if the bytes match the checksum that the store states.
 */
interface VerifiedListener {

    /** Reports that the object is verified. Called before {@code onComplete}. */
    void verified();
}
