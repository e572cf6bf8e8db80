package io.pipeflux.core;

import io.pipeflux.core.internal.ErrorKind;
import org.jspecify.annotations.Nullable;

/** An object could not be written: it is not known to be in the store, or it is known not to be. */
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
     * @param what what went wrong, what was expected and what was found
     * @param source the object, or null
     * @param cause the cause, or null
     */
    public static ObjectWriteException of(String what, @Nullable String source, @Nullable Throwable cause) {
        return new ObjectWriteException(ErrorKind.CUSTOM, what, source, null, cause);
    }
}
