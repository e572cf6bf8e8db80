package io.pipeflux.core.codec;

import java.nio.ByteBuffer;

/** Recognises the first byte of a record, for {@code RecordBorders.marked}. */
@FunctionalInterface
public interface RecordMark {

    /**
     * Returns whether a record begins at a byte.
     *
     * @param bytes some of the object's bytes, little-endian; to be left as they are
     * @param at the index of the byte. As many bytes as the mark needs are before and after it
     * @param offset the offset of the byte in the object
     */
    boolean isBegin(ByteBuffer bytes, int at, long offset);
}
