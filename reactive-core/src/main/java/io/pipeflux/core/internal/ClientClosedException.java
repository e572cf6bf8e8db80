package io.pipeflux.core.internal;

import java.io.IOException;

/** Signals that the user has closed a client before a request ended. A retry cannot succeed. */
public final class ClientClosedException extends IOException {

    private static final long serialVersionUID = 1L;

    public ClientClosedException(String message) {
        super(message);
    }
}
