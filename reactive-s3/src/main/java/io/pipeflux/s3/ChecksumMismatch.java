package io.pipeflux.s3;

import java.io.IOException;

/** The bytes of a part are not those whose checksum the store states. They were not handed on. */
final class ChecksumMismatch extends IOException {

    private static final long serialVersionUID = 1L;

    ChecksumMismatch(StatedChecksum expected, String found) {
        super("expected " + expected + ", but got " + found);
    }
}
