package io.pipeflux.samples.training;

/** The exit codes of the program, apart from 0 for success. */
final class ExitCodes {

    /** A check failed or, in a container, the training failed. */
    static final int FAILED = 1;

    /** The usage or the input is wrong. */
    static final int INPUT_ERROR = 2;

    /** SIGTERM stopped the program. The code is 128 plus the number of the signal. */
    static final int STOPPED = 143;

    private ExitCodes() {}
}
