package io.pipeflux.samples.agent;

/** Signals wrong input from the user, such as an option or a value in a file. */
final class InputException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    InputException(String message) {
        super(message);
    }
}
