package io.pipeflux.records.example;

import io.pipeflux.records.batch.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Default and padding values as bytes: as they stand in a column. */
final class FillValues {

    private FillValues() {}

    static byte[] of(String name, DType dtype, double... values) {
        if (dtype != DType.FLOAT32 && dtype != DType.FLOAT64) {
            throw wrongType(name, dtype, "floating-point numbers");
        }
        byte[] array = new byte[values.length * dtype.bytes()];
        ByteBuffer bytes = ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN);
        for (double value : values) {
            if (dtype == DType.FLOAT32) {
                bytes.putFloat((float) value);
            } else {
                bytes.putDouble(value);
            }
        }
        return array;
    }

    static byte[] of(String name, DType dtype, long... values) {
        byte[] array = new byte[values.length * dtype.bytes()];
        ByteBuffer bytes = ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN);
        for (long value : values) {
            switch (dtype) {
                case FLOAT32 -> bytes.putFloat((float) value);
                case FLOAT64 -> bytes.putDouble((double) value);
                case INT32 -> bytes.putInt(Math.toIntExact(value));
                case INT64 -> bytes.putLong(value);
                case UINT8 -> bytes.put((byte) value);
                case BYTES -> throw wrongType(name, dtype, "integers");
            }
        }
        return array;
    }

    private static IllegalArgumentException wrongType(String name, DType dtype, String found) {
        return new IllegalArgumentException(
                "feature \"" + name + "\": a default of " + dtype + " required but it was of " + found);
    }
}
