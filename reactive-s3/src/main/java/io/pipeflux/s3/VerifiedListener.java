package io.pipeflux.s3;

/** A subscriber to the bytes of an object that is notified if they match the checksum that the store states. */
interface VerifiedListener {

    /** Reports that the object is verified. Called before {@code onComplete}. */
    void verified();
}
