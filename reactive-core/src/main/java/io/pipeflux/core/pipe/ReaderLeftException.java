package io.pipeflux.core.pipe;

import java.io.IOException;

/**
 * Signals that a write failed because, according to the kernel, the reader has closed the pipe. This ends the write
 * without an error, whereas any other failure of a write is an error.
 */
final class ReaderLeftException extends IOException {
    private static final long serialVersionUID = 1L;

    ReaderLeftException(IOException write) {
        super("the reader closed the pipe", write);
    }
}
