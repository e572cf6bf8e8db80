package io.pipeflux.core;

import org.jspecify.annotations.Nullable;

/** The input ended inside a record or before its announced length. */
public final class TruncatedInputException extends PipefluxException {

    private static final long serialVersionUID = 1L;

    private TruncatedInputException(
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
    public static TruncatedInputException of(
            String what, @Nullable String source, @Nullable Position position, @Nullable Throwable cause) {
        return new TruncatedInputException(what, source, position, cause);
    }
}
