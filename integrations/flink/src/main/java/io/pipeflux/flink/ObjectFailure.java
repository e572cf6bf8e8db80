package io.pipeflux.flink;

import java.util.Objects;

/**
 * Describes a corrupt record that was not emitted. A {@link PipefluxSource#results} source emits such a description
 * instead of failing.
 *
 * @param object the object's name
 * @param epoch the epoch, counted from 0
 * @param byteOffset the offset of the record's first byte in the object, or in the decompressed bytes if the object is
 *     compressed; {@link #UNKNOWN} if the error does not state the offset
 * @param record the record's index in its split, counted from 0, or {@link #UNKNOWN}
 * @param endsSplit whether reading of the object, or of its range, ended at this record because the beginning of the
 *     next record is not known
 * @param message what is wrong, where, and the id of the error, which {@code docs/errors.md} explains
 */
public record ObjectFailure(
        String object, long epoch, long byteOffset, long record, boolean endsSplit, String message) {

    /** The value of an offset or index that the error does not state. */
    public static final long UNKNOWN = -1;

    /** Throws a {@link NullPointerException} if the object or the message is null. */
    public ObjectFailure {
        Objects.requireNonNull(object, "object");
        Objects.requireNonNull(message, "message");
    }
}
