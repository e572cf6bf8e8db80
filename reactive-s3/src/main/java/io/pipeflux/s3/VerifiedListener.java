package io.pipeflux.s3;

/** A subscriber to the bytes of an object that is notified if they equal the checksum that the store states. */
interface VerifiedListener {

    /** Called before {@code onComplete}. */
    void verified();
}
