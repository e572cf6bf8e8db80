package io.pipeflux.core;

/**
 * The place of a record in its channel.
 *
 * @param epoch the logical epoch, counted from 0. It is the epoch of the start point plus the index of the pass
 * @param objectOrdinal the object's place in the epoch, counted from 0, or {@link #NO_OBJECT} in a stream without
 *     objects, such as a pipe
 * @param byteOffset the offset of the record's frame in bytes, counted from the beginning of the object or, if the
 *     stream has no objects, from the beginning of the epoch
 * @param recordOrdinal the record's place in the epoch, counted from 0
 */
public record Position(long epoch, long objectOrdinal, long byteOffset, long recordOrdinal) {

    /** The {@link #objectOrdinal} of a stream without objects. */
    public static final long NO_OBJECT = -1;

    /** The position of the first record of a stream without objects, in epoch 0. */
    public static final Position START = new Position(0, NO_OBJECT, 0, 0);

    /** Returns whether the position is in an object. */
    public boolean hasObject() {
        return objectOrdinal != NO_OBJECT;
    }

    /** Returns the position as error messages show it: {@code epoch 0, object 2, byte 1024, record 17}. */
    @Override
    public String toString() {
        String object = hasObject() ? ", object " + objectOrdinal : "";
        return "epoch " + epoch + object + ", byte " + byteOffset + ", record " + recordOrdinal;
    }
}
