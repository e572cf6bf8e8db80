package io.pipeflux.samples.training;

/** Signals that the job cannot continue. The message states the full reason. */
final class JobException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    JobException(String message) {
        super(message);
    }
}
