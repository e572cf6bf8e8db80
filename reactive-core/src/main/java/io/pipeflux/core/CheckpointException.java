package io.pipeflux.core;

import io.pipeflux.core.internal.ErrorKind;
import org.jspecify.annotations.Nullable;

/** A checkpoint could not be written or read, is damaged, or belongs to a different job. */
public final class CheckpointException extends PipefluxException {

    private static final long serialVersionUID = 1L;

    CheckpointException(
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
     * @param what a description of what went wrong, what was expected, what was found and what to do
     * @param source the location of the checkpoint, or null
     * @param cause the cause, or null
     */
    public static CheckpointException of(String what, @Nullable String source, @Nullable Throwable cause) {
        return new CheckpointException(ErrorKind.CUSTOM, what, source, null, cause);
    }
}
