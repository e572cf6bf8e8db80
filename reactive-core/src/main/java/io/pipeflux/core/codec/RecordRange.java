package io.pipeflux.core.codec;

/**
 * The bytes of an object between two boundaries of records. To resume inside a range, read a range from the next
 * record's {@link io.pipeflux.core.Position#byteOffset() byteOffset} to the same end.
 *
 * @param begin the offset of the first byte
 * @param end the offset after the last byte
 */
public record RecordRange(long begin, long end) {

    /** @throws IllegalArgumentException if {@code begin} is negative or greater than {@code end} */
    public RecordRange {
        if (begin < 0 || begin > end) {
            throw new IllegalArgumentException(
                    "expected a range with 0 <= begin <= end, but got " + begin + " to " + end);
        }
    }

    /** Returns the size of the range in bytes. */
    public long size() {
        return end - begin;
    }
}
