package io.pipeflux.core.pipe;

import java.io.IOException;

/**
 * Signals that the pipe was removed or replaced before any bytes were written into it. The reader then looks for the
 * pipe again.
 */
class PipeRemovedException extends IOException {

    private static final long serialVersionUID = 1L;

    PipeRemovedException(String message) {
        super(message);
    }
}
