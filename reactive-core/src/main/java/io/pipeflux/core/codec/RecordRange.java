package io.pipeflux.core.codec;

/**
 * The bytes of an object from one border between records to another. To resume in a range, read the range from the next
 * record's {@link io.pipeflux.core.Position#byteOffset() byteOffset} to the same end.
 *
 * @param begin the offset of the first byte
 * @param end the offset after the last byte
 */
public record RecordRange(long begin, long end) {

    /** @throws IllegalArgumentException if the beginning is negative or after the end */
    public RecordRange {
        if (begin < 0 || begin > end) {
            throw new IllegalArgumentException(
                    "expected a range with 0 <= begin <= end, but got " + begin + " to " + end);
        }
    }

    /** Returns the number of bytes. */
    public long size() {
        return end - begin;
    }
}
