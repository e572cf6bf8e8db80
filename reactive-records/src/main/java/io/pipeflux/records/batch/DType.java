package io.pipeflux.records.batch;

/** The type of a column's values. */
public enum DType {
    /** Signed, 1 byte. */
    INT8(1),
    /** Unsigned, 1 byte. */
    UINT8(1),
    /** Signed, 2 bytes. */
    INT16(Short.BYTES),
    /** Unsigned, 2 bytes. */
    UINT16(Short.BYTES),
    /** Signed, 4 bytes. */
    INT32(Integer.BYTES),
    /** Unsigned, 4 bytes. */
    UINT32(Integer.BYTES),
    /** Signed, 8 bytes. */
    INT64(Long.BYTES),
    /** IEEE 754 half precision, 2 bytes: 5 bits of exponent, 10 of fraction. */
    FLOAT16(Short.BYTES),
    /** The upper half of a {@link #FLOAT32}, 2 bytes: 8 bits of exponent, 7 of fraction. */
    BFLOAT16(Short.BYTES),
    /** IEEE 754 single precision, 4 bytes. */
    FLOAT32(Float.BYTES),
    /** IEEE 754 double precision, 8 bytes. */
    FLOAT64(Double.BYTES),
    /** 0 for false or 1 for true, 1 byte. */
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
