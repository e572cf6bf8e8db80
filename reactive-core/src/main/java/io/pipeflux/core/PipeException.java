package io.pipeflux.core;

import org.jspecify.annotations.Nullable;

/** A named pipe could not be found, opened, read or written, or its writer reported a failure. */
public final class PipeException extends PipefluxException {

    private static final long serialVersionUID = 1L;

    private PipeException(
            String what, @Nullable String source, @Nullable Position position, @Nullable Throwable cause) {
        super(what, source, position, cause);
    }

    /**
     * Returns an exception whose message is {@code what (source, position)}.
     *
     * @param what what went wrong, what was expected and what was found
     * @param source the object or pipe, or null
     * @param position the position, or null
     * @param cause the cause, or null
     */
    public static PipeException of(
            String what, @Nullable String source, @Nullable Position position, @Nullable Throwable cause) {
        return new PipeException(what, source, position, cause);
    }
}
