package io.pipeflux.flink;

import java.util.Objects;

/**
 * A corrupt record of an object, which was not emitted. A {@link PipefluxSource#results} source states it in place of
 * failing.
 *
 * @param object the object's name
 * @param epoch the epoch, counted from 0
 * @param byteOffset the offset of the record's first byte in its object, or in the inflated bytes of a compressed one;
 *     {@link #UNKNOWN} if the error states none
 * @param record the record's place in its split, counted from 0, or {@link #UNKNOWN}
 * @param endsSplit whether the rest of the object, or of its range, was not read, since the beginning of the next
 *     record is not known
 * @param message what is wrong, where, and the id of the error, as {@code docs/errors.md} lists it
 */
public record ObjectFailure(
        String object, long epoch, long byteOffset, long record, boolean endsSplit, String message) {

    /** The place of an error that states none. */
    public static final long UNKNOWN = -1;

    /** Refuses null. */
    public ObjectFailure {
        Objects.requireNonNull(object, "object");
        Objects.requireNonNull(message, "message");
    }
}
