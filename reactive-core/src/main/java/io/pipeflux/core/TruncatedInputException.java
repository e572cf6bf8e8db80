package io.pipeflux.core;

import io.pipeflux.core.internal.ErrorKind;
import org.jspecify.annotations.Nullable;

/**
 * Signals that the input ended too early: inside a record, before the announced end of the input, before the resume
 * point, or, if the input is a source of a mix, before the other sources ended.
 */
public final class TruncatedInputException extends PipefluxException {

    private static final long serialVersionUID = 1L;

    TruncatedInputException(
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
    public static TruncatedInputException of(
            String what, @Nullable String source, @Nullable Position position, @Nullable Throwable cause) {
        return new TruncatedInputException(ErrorKind.CUSTOM, what, source, position, cause);
    }
}
