package io.pipeflux.core.pipe;

/** The pipe that was found is another reader's: the next one is waited for. */
final class PipeInUseException extends PipeRemovedException {

    private static final long serialVersionUID = 1L;

    PipeInUseException(String message) {
        super(message);
    }
}
