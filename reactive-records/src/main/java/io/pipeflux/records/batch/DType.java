package io.pipeflux.records.batch;

/** The type of a column's values. */
public enum DType {
    /** IEEE 754 single precision, 4 bytes. */
    FLOAT32(Float.BYTES),
    /** IEEE 754 double precision, 8 bytes. */
    FLOAT64(Double.BYTES),
    /** Signed, 4 bytes. */
    INT32(Integer.BYTES),
    /** Signed, 8 bytes. */
    INT64(Long.BYTES),
    /** Unsigned, 1 byte. */
    UINT8(1),
    /** Byte strings, each of a length of its own. */
    BYTES(0);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /** The length of a value in bytes; 0 for {@link #BYTES}, whose values have lengths of their own. */
    public int bytes() {
        return bytes;
    }
}
