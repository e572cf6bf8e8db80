package io.pipeflux.core;

import org.jspecify.annotations.Nullable;

/** An object or its listing could not be read: missing, forbidden, changed meanwhile, or cut short. */
public final class ObjectReadException extends PipefluxException {

    private static final long serialVersionUID = 1L;

    private ObjectReadException(
            String what, @Nullable String source, @Nullable Position position, @Nullable Throwable cause) {
        super(what, source, position, cause);
    }

    /**
     * An exception whose message is {@code what (source, position)}.
     *
     * @param what what went wrong, with what was expected and what was found
     * @param source the object or pipe, or null
     * @param position the position, or null
     * @param cause the cause, or null
     */
    public static ObjectReadException of(
            String what, @Nullable String source, @Nullable Position position, @Nullable Throwable cause) {
        return new ObjectReadException(what, source, position, cause);
    }
}
