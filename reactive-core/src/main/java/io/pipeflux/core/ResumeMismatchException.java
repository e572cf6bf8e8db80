package io.pipeflux.core;

import org.jspecify.annotations.Nullable;

/**
 * A resume point was taken from other data, or in another order, than it is to be applied to: an object was added,
 * removed or replaced, or a shuffle, seed or share differs. Nothing was read from there on.
 *
 * <p>The message has both values. The way on is to give the pipeline what the point was taken from, to begin an epoch
 * anew, or, if the point is known to be right, {@link ResumePoint#unchecked()}.
 */
public final class ResumeMismatchException extends PipefluxException {

    private static final long serialVersionUID = 1L;

    private ResumeMismatchException(
            String what, @Nullable String source, @Nullable Position position, @Nullable Throwable cause) {
        super(what, source, position, cause);
    }

    /**
     * An exception whose message is {@code what (source, position)}.
     *
     * @param what what was expected and what was found
     * @param source the object or pipe, or null
     * @param position the resume point's position, or null
     * @param cause the cause, or null
     */
    public static ResumeMismatchException of(
            String what, @Nullable String source, @Nullable Position position, @Nullable Throwable cause) {
        return new ResumeMismatchException(what, source, position, cause);
    }
}
