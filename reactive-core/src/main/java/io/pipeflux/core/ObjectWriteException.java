package io.pipeflux.core;

import io.pipeflux.core.internal.ErrorKind;
import org.jspecify.annotations.Nullable;

/** An object could not be written. Either the store does not contain the object, or it is not known whether it does. */
public final class ObjectWriteException extends PipefluxException {

    private static final long serialVersionUID = 1L;

    ObjectWriteException(
            ErrorKind kind,
            String what,
            @Nullable String source,
            @Nullable Position position,
            @Nullable Throwable cause) {
        super(kind, what, source, position, cause);
    }

    /**
     * Returns an exception whose message is {@code what (source) [PF-CUSTOM]}.
     *
     * @param what a description of what went wrong, what was expected and what was found
     * @param source the object, or null
     * @param cause the cause, or null
     */
    public static ObjectWriteException of(String what, @Nullable String source, @Nullable Throwable cause) {
        return new ObjectWriteException(ErrorKind.CUSTOM, what, source, null, cause);
    }
}
