package io.pipeflux.core;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A record or row that was skipped: a corrupt record, or a row that could not be parsed or mapped.
 *
 * @param bytes a copy of the bytes, owned by the receiver: the whole frame of a corrupt record, or the payload of a
 *     row. Empty if the elements that {@code mapAndBatch} received are neither records nor bytes
 * @param cause states what is wrong. If a mapper failed, this is the exception that the mapper threw, without Reactor's
 *     wrapper
 * @param source the object or pipe from which the record or row was read, or null if the source is not known
 * @param position the position of the record or row, or null if the row was not read from a record and therefore has no
 *     position
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
