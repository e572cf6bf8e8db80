package io.pipeflux.samples.agent;

/** What the user gave is wrong: an option, or something in a file. */
final class InputException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    InputException(String message) {
        super(message);
    }
}
