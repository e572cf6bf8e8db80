package io.pipeflux.core;

import io.pipeflux.core.internal.ErrorKind;
import org.jspecify.annotations.Nullable;

/**
 * An object or its listing could not be read: the object is missing, access to it is forbidden, it changed while it was
 * read, or its bytes ended early.
 */
public final class ObjectReadException extends PipefluxException {

    private static final long serialVersionUID = 1L;

    ObjectReadException(
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
    public static ObjectReadException of(
            String what, @Nullable String source, @Nullable Position position, @Nullable Throwable cause) {
        return new ObjectReadException(ErrorKind.CUSTOM, what, source, position, cause);
    }
}
