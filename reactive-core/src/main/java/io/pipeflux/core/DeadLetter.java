package io.pipeflux.core;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A corrupt record, or a row that could not be parsed or mapped, and was skipped.
 *
 * @param bytes a copy of its bytes, owned by the receiver: of a corrupt record those of its whole frame, of a row its
 *     payload. Empty if the rows of {@code mapAndBatch} are neither records nor bytes
 * @param cause states what is wrong. A mapper's exception is as it was thrown
 */
public record DeadLetter(ByteBuffer bytes, Exception cause) {

    /** Returns the position of the record, or null if it is not known. */
    public @Nullable Position position() {
        PipefluxException where = where();
        return where == null ? null : where.position();
    }

    /** Returns the object or pipe that the record was read from, or null if it is not known. */
    public @Nullable String source() {
        PipefluxException where = where();
        return where == null ? null : where.source();
    }

    /** A mapper's exception has a suppressed one, which knows the record. */
    private @Nullable PipefluxException where() {
        if (cause instanceof PipefluxException known) {
            return known;
        }
        for (Throwable suppressed : cause.getSuppressed()) {
            if (suppressed instanceof PipefluxException known) {
                return known;
            }
        }
        return null;
    }
}
