package io.pipeflux.core;

import org.jspecify.annotations.Nullable;

/**
 * An object or its listing could not be read: it is missing or forbidden, it changed while it was read, or its bytes
 * ended early.
 */
public final class ObjectReadException extends PipefluxException {

    private static final long serialVersionUID = 1L;

    private ObjectReadException(
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
    public static ObjectReadException of(
            String what, @Nullable String source, @Nullable Position position, @Nullable Throwable cause) {
        return new ObjectReadException(what, source, position, cause);
    }
}
