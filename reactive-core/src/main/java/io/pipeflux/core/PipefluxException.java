package io.pipeflux.core;

import org.jspecify.annotations.Nullable;

/**
 * What every error of this library is: unchecked, and saying what went wrong, where, what was expected and what was
 * found.
 */
public abstract class PipefluxException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final @Nullable String source;
    private final transient @Nullable Position position;

    PipefluxException(String what, @Nullable String source, @Nullable Position position, @Nullable Throwable cause) {
        super(message(what, source, position), cause);
        this.source = source;
        this.position = position;
    }

    /** The object or pipe it happened in, or null if it has none. */
    public @Nullable String source() {
        return source;
    }

    /** The position it happened at, or null if it has none. */
    public @Nullable Position position() {
        return position;
    }

    private static String message(String what, @Nullable String source, @Nullable Position position) {
        if (source == null && position == null) {
            return what;
        }
        String separator = source == null || position == null ? "" : ", ";
        return what + " (" + (source == null ? "" : source) + separator + (position == null ? "" : position) + ")";
    }
}
