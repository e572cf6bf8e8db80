package io.pipeflux.core;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A corrupt record, or a row that could not be parsed or mapped, and was skipped.
 *
 * @param bytes a copy of the bytes, owned by the receiver: the whole frame of a corrupt record, or the payload of a
 *     row. Empty if the rows of {@code mapAndBatch} are neither records nor bytes
 * @param cause states what is wrong. A mapper's exception is as it was thrown, without a wrapper of Reactor's
 * @param source the object or pipe that it was read from, or null if that is not known
 * @param position its position, or null if it is not known because the row is not a record
 */
public record DeadLetter(
        ByteBuffer bytes,
        Exception cause,
        @Nullable String source,
        @Nullable Position position) {

    static DeadLetter of(ByteBuffer bytes, Exception cause, @Nullable Object row) {
        if (row instanceof RawRecord record) {
            return new DeadLetter(bytes, cause, record.source(), record.position());
        }
        return cause instanceof PipefluxException known
                ? new DeadLetter(bytes, cause, known.source(), known.position())
                : new DeadLetter(bytes, cause, null, null);
    }
}
