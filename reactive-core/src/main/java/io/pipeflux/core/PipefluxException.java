package io.pipeflux.core;

import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.KeyText;
import org.jspecify.annotations.Nullable;

/**
 * The base class of Pipeflux's exceptions, all of which are unchecked. The message states what went wrong and where,
 * what was expected and what was found. The message is a single line, because control characters in the name of a
 * source or field and in values are escaped. It ends with the id of the kind of error, such as {@code [PF-PIPE-03]}.
 * The file {@code docs/errors.md} lists causes and cures by id.
 */
public abstract class PipefluxException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final @Nullable String source;
    private final transient @Nullable Position position;

    PipefluxException(
            ErrorKind kind,
            String what,
            @Nullable String source,
            @Nullable Position position,
            @Nullable Throwable cause) {
        super(KeyText.printable(message(what, source, position)) + " [" + kind.id() + "]", cause);
        if (!kind.isOf(getClass().getSimpleName())) {
            throw new AssertionError("expected a kind of " + getClass().getSimpleName() + ", but got " + kind);
        }
        this.source = source;
        this.position = position;
    }

    /** Returns the object or pipe in which the error occurred, or null if it is not known. */
    public @Nullable String source() {
        return source;
    }

    /**
     * Returns the position at which the error occurred, or null if it is not known. Always returns null after
     * deserialization.
     */
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
