package io.pipeflux.samples.agent;

/** Reports wrong input from the user: an option, or a value in a file. */
final class InputException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    InputException(String message) {
        super(message);
    }
}
