package io.pipeflux.records.example;

import com.google.protobuf.ByteString;
import io.pipeflux.records.aialgs.proto.Value;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.DType;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.util.List;
import java.util.stream.IntStream;

/** Values as lists that can be compared, floats and doubles by their bits. */
final class TestValues {

    private TestValues() {}

    static List<?> of(Column column) {
        return switch (column.dtype()) {
            case BYTES, UTF8 ->
                IntStream.range(0, column.size()).mapToObj(column::bytes).toList();
            case FLOAT32, INT32, UINT32 -> {
                IntBuffer bits = column.values().asIntBuffer();
                yield IntStream.range(0, column.size()).mapToObj(bits::get).toList();
            }
            case FLOAT64, INT64 -> {
                LongBuffer bits = column.values().asLongBuffer();
                yield IntStream.range(0, column.size()).mapToObj(bits::get).toList();
            }
            case INT16, UINT16, FLOAT16, BFLOAT16 -> {
                ShortBuffer bits = column.values().asShortBuffer();
                yield IntStream.range(0, column.size()).mapToObj(bits::get).toList();
            }
            case UINT8, INT8, BOOL ->
                IntStream.range(0, column.size()).mapToObj(column.values()::get).toList();
        };
    }

    static List<Integer> ints(IntBuffer ints) {
        return IntStream.range(0, ints.limit()).mapToObj(ints::get).toList();
    }

    static List<Integer> splits(Column column) {
        IntBuffer splits = column.rowSplits();
        return IntStream.range(0, splits.limit()).mapToObj(splits::get).toList();
    }

    static List<?> of(io.pipeflux.records.example.proto.Feature value) {
        return switch (value.getKindCase()) {
            case BYTES_LIST -> strings(value.getBytesList().getValueList());
            case FLOAT_LIST ->
                value.getFloatList().getValueList().stream()
                        .map(Float::floatToRawIntBits)
                        .toList();
            case INT64_LIST -> value.getInt64List().getValueList();
            case KIND_NOT_SET -> List.of();
        };
    }

    static DType type(io.pipeflux.records.example.proto.Feature value) {
        return switch (value.getKindCase()) {
            case BYTES_LIST -> DType.BYTES;
            case FLOAT_LIST -> DType.FLOAT32;
            default -> DType.INT64;
        };
    }

    static List<?> of(Value value) {
        return switch (value.getValueCase()) {
            case FLOAT32_TENSOR ->
                value.getFloat32Tensor().getValuesList().stream()
                        .map(Float::floatToRawIntBits)
                        .toList();
            case FLOAT64_TENSOR ->
                value.getFloat64Tensor().getValuesList().stream()
                        .map(Double::doubleToRawLongBits)
                        .toList();
            case INT32_TENSOR -> value.getInt32Tensor().getValuesList();
            case BYTES -> strings(value.getBytes().getValueList());
            case VALUE_NOT_SET -> List.of();
        };
    }

    static DType type(Value value) {
        return switch (value.getValueCase()) {
            case FLOAT32_TENSOR -> DType.FLOAT32;
            case FLOAT64_TENSOR -> DType.FLOAT64;
            case BYTES -> DType.BYTES;
            default -> DType.INT32;
        };
    }

    static List<Long> keys(Value value) {
        return switch (value.getValueCase()) {
            case FLOAT32_TENSOR -> value.getFloat32Tensor().getKeysList();
            case FLOAT64_TENSOR -> value.getFloat64Tensor().getKeysList();
            case INT32_TENSOR -> value.getInt32Tensor().getKeysList();
            default -> List.of();
        };
    }

    static List<Long> shape(Value value) {
        return switch (value.getValueCase()) {
            case FLOAT32_TENSOR -> value.getFloat32Tensor().getShapeList();
            case FLOAT64_TENSOR -> value.getFloat64Tensor().getShapeList();
            case INT32_TENSOR -> value.getInt32Tensor().getShapeList();
            default -> List.of();
        };
    }

    private static List<?> strings(List<ByteString> values) {
        return values.stream().map(ByteString::asReadOnlyByteBuffer).toList();
    }
}
