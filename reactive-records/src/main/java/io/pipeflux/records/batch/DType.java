package io.pipeflux.records.batch;

/** The type of a column's values. */
public enum DType {
    /** Signed integers of 1 byte. */
    INT8(1),
    /** Unsigned integers of 1 byte. */
    UINT8(1),
    /** Signed integers of 2 bytes. */
    INT16(Short.BYTES),
    /** Unsigned integers of 2 bytes. */
    UINT16(Short.BYTES),
    /** Signed integers of 4 bytes. */
    INT32(Integer.BYTES),
    /** Unsigned integers of 4 bytes. */
    UINT32(Integer.BYTES),
    /** Signed integers of 8 bytes. */
    INT64(Long.BYTES),
    /** Numbers of IEEE 754 half precision. They have 2 bytes, with 5 bits of exponent and 10 of fraction. */
    FLOAT16(Short.BYTES),
    /**
     * Numbers that are the upper half of a {@link #FLOAT32}. They have 2 bytes, with 8 bits of exponent and 7 of
     * fraction.
     */
    BFLOAT16(Short.BYTES),
    /** Numbers of IEEE 754 single precision. They have 4 bytes. */
    FLOAT32(Float.BYTES),
    /** Numbers of IEEE 754 double precision. They have 8 bytes. */
    FLOAT64(Double.BYTES),
    /** Bools of 1 byte, which is 0 for false and 1 for true. */
    BOOL(1),
    /** Byte strings of arbitrary lengths. */
    BYTES(0),
    /** Byte strings of arbitrary lengths that are valid UTF-8 (RFC 3629). */
    UTF8(0);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /**
     * Returns the length of a value in bytes, or 0 for {@link #BYTES} and {@link #UTF8}, whose values have arbitrary
     * lengths.
     */
    public int bytes() {
        return bytes;
    }

    /**
     * Returns whether the values are byte strings, that is, {@link #BYTES} or {@link #UTF8}. Columns of byte strings
     * have offsets.
     */
    public boolean hasOffsets() {
        return bytes == 0;
    }
}
