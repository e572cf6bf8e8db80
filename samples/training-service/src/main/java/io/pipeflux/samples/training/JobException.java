package io.pipeflux.samples.training;

/** Thrown when the job cannot continue. The message states the reason in full. */
final class JobException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    JobException(String message) {
        super(message);
    }
}
