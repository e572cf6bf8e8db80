package io.pipeflux.records.example;

import io.pipeflux.records.batch.DType;

/** The kinds of lists that a {@code tf.train.Feature} may hold, in TensorFlow's words. */
enum ValueKind {
    BYTES("string", "bytes", DType.BYTES),
    FLOAT("float", "float", DType.FLOAT32),
    INT64("int64", "int64", DType.INT64);

    /** The kind in messages about types. */
    final String type;

    /** The kind in messages about values. */
    final String values;

    /** The type of a column that holds the values as they are. */
    final DType dtype;

    ValueKind(String type, String values, DType dtype) {
        this.type = type;
        this.values = values;
        this.dtype = dtype;
    }
}
