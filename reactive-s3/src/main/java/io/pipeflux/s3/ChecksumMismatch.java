package io.pipeflux.s3;

import java.io.IOException;

/**
 * Signals that the bytes of a part do not match the checksum that the store states. None of these bytes were emitted.
 */
final class ChecksumMismatch extends IOException {

    private static final long serialVersionUID = 1L;

    ChecksumMismatch(StatedChecksum expected, String found) {
        super("expected " + expected + ", but got " + found);
    }
}
