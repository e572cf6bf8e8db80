package io.pipeflux.core;

import io.pipeflux.core.internal.ErrorKind;
import org.jspecify.annotations.Nullable;

/**
 * A valid record does not fit the schema: a feature is missing, or has a kind or length that differs from the schema.
 */
public final class SchemaMismatchException extends PipefluxException {

    private static final long serialVersionUID = 1L;

    SchemaMismatchException(
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
    public static SchemaMismatchException of(
            String what, @Nullable String source, @Nullable Position position, @Nullable Throwable cause) {
        return new SchemaMismatchException(ErrorKind.CUSTOM, what, source, position, cause);
    }
}
