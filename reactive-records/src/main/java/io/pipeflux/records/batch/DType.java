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
    /** IEEE 754 half-precision numbers of 2 bytes, with 5 exponent bits and 10 fraction bits. */
    FLOAT16(Short.BYTES),
    /**
     * bfloat16 numbers of 2 bytes, with 8 exponent bits and 7 fraction bits. Such a number is the upper half of a
     * {@link #FLOAT32}.
     */
    BFLOAT16(Short.BYTES),
    /** IEEE 754 single-precision numbers of 4 bytes. */
    FLOAT32(Float.BYTES),
    /** IEEE 754 double-precision numbers of 8 bytes. */
    FLOAT64(Double.BYTES),
    /** Booleans of 1 byte: 0 for false and 1 for true. */
    BOOL(1),
    /** Byte strings of any length. */
    BYTES(0),
    /** Byte strings of any length that are valid UTF-8 (RFC 3629). */
    UTF8(0);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /**
     * Returns the length of a value in bytes, or 0 for {@link #BYTES} and {@link #UTF8}, whose values can have any
     * length.
     */
    public int bytes() {
        return bytes;
    }

    /**
     * Returns whether the values are byte strings, that is, {@link #BYTES} or {@link #UTF8}. Byte-string columns have
     * offsets.
     */
    public boolean hasOffsets() {
        return bytes == 0;
    }
}
