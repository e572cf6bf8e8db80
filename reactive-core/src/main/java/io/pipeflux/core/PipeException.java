package io.pipeflux.core;

import io.pipeflux.core.internal.ErrorKind;
import org.jspecify.annotations.Nullable;

/** A named pipe could not be found, opened, read or written, or its writer reported a failure. */
public final class PipeException extends PipefluxException {

    private static final long serialVersionUID = 1L;

    PipeException(
            ErrorKind kind,
            String what,
            @Nullable String source,
            @Nullable Position position,
            @Nullable Throwable cause) {
        super(kind, what, source, position, cause);
    }

    /**
     * Returns an exception whose message is {@code what (source, position) [PF-CUSTOM]}.
     *
     * @param what a description of what went wrong, what was expected and what was found
     * @param source the object or pipe, or null
     * @param position the position, or null
     * @param cause the cause, or null
     */
    public static PipeException of(
            String what, @Nullable String source, @Nullable Position position, @Nullable Throwable cause) {
        return new PipeException(ErrorKind.CUSTOM, what, source, position, cause);
    }
}
