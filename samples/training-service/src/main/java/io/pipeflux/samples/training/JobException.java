package io.pipeflux.samples.training;

/** The job cannot go on, for a reason that its message gives in full. */
final class JobException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    JobException(String message) {
        super(message);
    }
}
