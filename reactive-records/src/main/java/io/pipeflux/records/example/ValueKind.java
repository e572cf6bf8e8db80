package io.pipeflux.records.example;

import io.pipeflux.records.batch.DType;

/**
 * The kinds of value lists, with TensorFlow's names. {@link #DOUBLE} and {@link #INT32} occur only in SageMaker's
 * records.
 */
enum ValueKind {
    BYTES("string", "bytes", DType.BYTES),
    FLOAT("float", "float", DType.FLOAT32),
    INT64("int64", "int64", DType.INT64),
    DOUBLE("double", "double", DType.FLOAT64),
    INT32("int32", "int32", DType.INT32);

    /** The name of this kind in error messages about types. */
    final String type;

    /** The name of this kind in error messages about values. */
    final String values;

    /** The type of a column that contains values of this kind without conversion. */
    final DType dtype;

    ValueKind(String type, String values, DType dtype) {
        this.type = type;
        this.values = values;
        this.dtype = dtype;
    }

    /** Returns the kind whose values a column of the given type can contain without conversion. */
    static ValueKind of(DType dtype) {
        for (ValueKind kind : values()) {
            if (kind.dtype == dtype || (kind == BYTES && dtype == DType.UTF8)) {
                return kind;
            }
        }
        throw new IllegalArgumentException("Invalid config dtype: " + dtype + ", which only decodeRaw and castTo have");
    }
}
