package io.pipeflux.tensorflow;

import io.pipeflux.records.batch.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint16;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/**
 * Maps column types to tensor types. TensorFlow-Java lacks three of the column types, so these are mapped to wider
 * types.
 */
final class TensorTypes {

    private TensorTypes() {}

    static Class<? extends TType> of(DType dtype) {
        return switch (dtype) {
            case UINT8 -> TUint8.class;
            case UINT16 -> TUint16.class;
            case INT8, INT16, INT32 -> TInt32.class;
            case UINT32, INT64 -> TInt64.class;
            case FLOAT16 -> TFloat16.class;
            case BFLOAT16 -> TBfloat16.class;
            case FLOAT32 -> TFloat32.class;
            case FLOAT64 -> TFloat64.class;
            case BOOL -> TBool.class;
            case BYTES, UTF8 -> TString.class;
        };
    }

    /** Returns whether values of this type have the same bytes in a tensor as in a column. */
    static boolean isSame(DType dtype) {
        return switch (dtype) {
            case INT8, INT16, UINT32, BYTES, UTF8 -> false;
            default -> true;
        };
    }

    /** Copies a column's values to the memory of a tensor that has the corresponding type. */
    static void copy(DType dtype, ByteBuffer values, ByteBuffer tensor) {
        ByteBuffer to = tensor.duplicate().order(ByteOrder.nativeOrder());
        switch (dtype) {
            case INT8 -> {
                while (values.hasRemaining()) {
                    to.putInt(values.get());
                }
            }
            case INT16 -> {
                while (values.hasRemaining()) {
                    to.putInt(values.getShort());
                }
            }
            case UINT32 -> {
                while (values.hasRemaining()) {
                    to.putLong(Integer.toUnsignedLong(values.getInt()));
                }
            }
            default -> to.put(values);
        }
    }
}
