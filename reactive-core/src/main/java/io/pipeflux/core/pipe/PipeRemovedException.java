package io.pipeflux.core.pipe;

import java.io.IOException;

/** The pipe that was found is gone, and nobody wrote into it: the reader looks for it again. */
class PipeRemovedException extends IOException {

    private static final long serialVersionUID = 1L;

    PipeRemovedException(String message) {
        super(message);
    }
}
