package io.pipeflux.core.pipe;

import java.io.IOException;

/**
 * Signals that a write failed because the reader has closed the pipe, as the kernel confirms. This ends the write
 * without an error. Any other failure of a write is an error.
 */
final class ReaderLeftException extends IOException {
    private static final long serialVersionUID = 1L;

    ReaderLeftException(IOException write) {
        super("the reader closed the pipe", write);
    }
}
