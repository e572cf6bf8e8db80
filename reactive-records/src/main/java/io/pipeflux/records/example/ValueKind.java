package io.pipeflux.records.example;

import io.pipeflux.records.batch.DType;

/**
 * The kinds of lists of values, with TensorFlow's names. {@link #DOUBLE} and {@link #INT32} occur only in SageMaker's
 * records.
 */
enum ValueKind {
    BYTES("string", "bytes", DType.BYTES),
    FLOAT("float", "float", DType.FLOAT32),
    INT64("int64", "int64", DType.INT64),
    DOUBLE("double", "double", DType.FLOAT64),
    INT32("int32", "int32", DType.INT32);

    /** The name of the kind in messages about types. */
    final String type;

    /** The name of the kind in messages about values. */
    final String values;

    /** The type of a column that contains the values without conversion. */
    final DType dtype;

    ValueKind(String type, String values, DType dtype) {
        this.type = type;
        this.values = values;
        this.dtype = dtype;
    }

    /** Returns the kind whose values a column of the given type contains without conversion. */
    static ValueKind of(DType dtype) {
        for (ValueKind kind : values()) {
            if (kind.dtype == dtype || (kind == BYTES && dtype == DType.UTF8)) {
                return kind;
            }
        }
        throw new IllegalArgumentException("Invalid config dtype: " + dtype + ", which only decodeRaw and castTo have");
    }
}
