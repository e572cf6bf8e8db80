package io.pipeflux.core;

import io.pipeflux.core.internal.ErrorKind;
import org.jspecify.annotations.Nullable;

/**
 * A resume point does not fit the data to which it is applied, or the order of these data: an object was added, removed
 * or replaced, or a shuffle, seed or share differs. No record is emitted.
 *
 * <p>The message contains the expected value and the value found. To continue, give the pipeline the data and operators
 * from which the point was taken, or start an epoch from its beginning. If you know that the point is right, apply
 * {@link ResumePoint#unchecked()}.
 */
public final class ResumeMismatchException extends PipefluxException {

    private static final long serialVersionUID = 1L;

    ResumeMismatchException(
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
     * @param what a description of what was expected and what was found
     * @param source the object or pipe, or null
     * @param position the resume point's position, or null
     * @param cause the cause, or null
     */
    public static ResumeMismatchException of(
            String what, @Nullable String source, @Nullable Position position, @Nullable Throwable cause) {
        return new ResumeMismatchException(ErrorKind.CUSTOM, what, source, position, cause);
    }
}
