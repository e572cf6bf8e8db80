package io.pipeflux.core.codec;

import java.nio.ByteBuffer;

/** Recognizes the first byte of a record, for {@code RecordBorders.marked}. */
@FunctionalInterface
public interface RecordMark {

    /**
     * Returns whether a record begins at the given byte.
     *
     * @param bytes some of the object's bytes, in a buffer whose byte order is little-endian. Implementations must not
     *     change the buffer
     * @param at the index of the byte in the buffer. The buffer contains all bytes that the mark needs before and after
     *     this index
     * @param offset the offset of the byte in the object
     */
    boolean isBegin(ByteBuffer bytes, int at, long offset);
}
