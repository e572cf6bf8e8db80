package io.pipeflux.core;

import org.jspecify.annotations.Nullable;

/** A valid record does not fit the schema: a feature is missing, or has another kind or length. */
public final class SchemaMismatchException extends PipefluxException {

    private static final long serialVersionUID = 1L;

    private SchemaMismatchException(
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
    public static SchemaMismatchException of(
            String what, @Nullable String source, @Nullable Position position, @Nullable Throwable cause) {
        return new SchemaMismatchException(what, source, position, cause);
    }
}
