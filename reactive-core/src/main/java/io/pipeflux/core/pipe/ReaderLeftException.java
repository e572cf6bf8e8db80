package io.pipeflux.core.pipe;

import java.io.IOException;

/**
 * A write failed because the reader closed the pipe, and that is certain: the kernel said so. It is a reader's right,
 * and ends the writing without an error; any other failure of a write is an error.
 */
final class ReaderLeftException extends IOException {
    private static final long serialVersionUID = 1L;

    ReaderLeftException(IOException write) {
        super("the reader closed the pipe", write);
    }
}
