package io.pipeflux.core;

import io.pipeflux.core.internal.ErrorKind;
import org.jspecify.annotations.Nullable;

/** The bytes of a record were read but are invalid: a checksum, a length, a tag or a value is wrong. */
public final class CorruptRecordException extends PipefluxException {

    private static final long serialVersionUID = 1L;

    CorruptRecordException(
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
    public static CorruptRecordException of(
            String what, @Nullable String source, @Nullable Position position, @Nullable Throwable cause) {
        return new CorruptRecordException(ErrorKind.CUSTOM, what, source, position, cause);
    }
}
