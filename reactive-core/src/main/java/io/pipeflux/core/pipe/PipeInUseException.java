package io.pipeflux.core.pipe;

/**
 * Signals that another reader has already read from the pipe that was found. This process then waits for the next pipe.
 */
final class PipeInUseException extends PipeRemovedException {

    private static final long serialVersionUID = 1L;

    PipeInUseException(String message) {
        super(message);
    }
}
