package io.pipeflux.records.arrow;

import com.google.flatbuffers.FlatBufferBuilder;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.DType;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.flatbuf.Binary;
import org.apache.arrow.flatbuf.Bool;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.FixedSizeList;
import org.apache.arrow.flatbuf.FloatingPoint;
import org.apache.arrow.flatbuf.Int;
import org.apache.arrow.flatbuf.KeyValue;
import org.apache.arrow.flatbuf.Precision;
import org.apache.arrow.flatbuf.Type;
import org.apache.arrow.flatbuf.Utf8;

/**
 * Describes a column as a field of an Arrow schema, without the column's rows. {@link ArrowStreams} shows which field
 * each column becomes.
 *
 * @param dimensions the dimensions of a row's values; empty if a row has one value, or if the column is ragged
 * @param raggedLevels the number of ragged levels of the column; 0 if it is not ragged
 */
record ArrowField(String name, DType dtype, List<Integer> dimensions, int raggedLevels) {

    private static final String ITEM = "item";

    static final String EXTENSION_NAME = "ARROW:extension:name";

    /** The name of the extension type for {@code BFLOAT16}, which is needed because Arrow has no bfloat16 type. */
    static final String BFLOAT16 = "pipeflux.bfloat16";

    static ArrowField of(Column column) {
        int[] shape = column.shape();
        List<Integer> dimensions = column.isRagged()
                ? List.of()
                : Arrays.stream(shape, 1, shape.length).boxed().toList();
        return new ArrowField(column.name(), column.dtype(), dimensions, column.isRagged() ? shape.length - 1 : 0);
    }

    boolean isRagged() {
        return raggedLevels > 0;
    }

    /**
     * Writes the field and returns its offset. The parts of a field are written before the field, because a flatbuffer
     * is written from the innermost part outwards.
     */
    int write(FlatBufferBuilder to) {
        int levels = isRagged() ? raggedLevels : dimensions.size();
        int field = write(to, levels, valueType(), writeValueType(to));
        for (int level = levels - 1; level >= 0; level--) {
            field = isRagged()
                    ? write(to, level, Type.List, writeList(to), field)
                    : write(
                            to,
                            level,
                            Type.FixedSizeList,
                            FixedSizeList.createFixedSizeList(to, dimensions.get(level)),
                            field);
        }
        return field;
    }

    private int write(FlatBufferBuilder to, int level, byte kind, int type, int... children) {
        int label = to.createString(level == 0 ? name : ITEM);
        boolean brain = dtype == DType.BFLOAT16 && kind == Type.Int;
        int metadata = brain ? Field.createCustomMetadataVector(to, new int[] {extension(to)}) : 0;
        return Field.createField(to, label, false, kind, type, 0, Field.createChildrenVector(to, children), metadata);
    }

    private static int extension(FlatBufferBuilder to) {
        return KeyValue.createKeyValue(to, to.createString(EXTENSION_NAME), to.createString(BFLOAT16));
    }

    private static int writeList(FlatBufferBuilder to) {
        org.apache.arrow.flatbuf.List.startList(to);
        return org.apache.arrow.flatbuf.List.endList(to);
    }

    private byte valueType() {
        return switch (dtype) {
            case FLOAT16, FLOAT32, FLOAT64 -> Type.FloatingPoint;
            case INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64, BFLOAT16 -> Type.Int;
            case BOOL -> Type.Bool;
            case BYTES -> Type.Binary;
            case UTF8 -> Type.Utf8;
        };
    }

    private int writeValueType(FlatBufferBuilder to) {
        return switch (dtype) {
            case FLOAT16 -> FloatingPoint.createFloatingPoint(to, Precision.HALF);
            case FLOAT32 -> FloatingPoint.createFloatingPoint(to, Precision.SINGLE);
            case FLOAT64 -> FloatingPoint.createFloatingPoint(to, Precision.DOUBLE);
            case INT8, INT16, INT32, INT64 -> Int.createInt(to, dtype.bytes() * Byte.SIZE, true);
            case UINT8, UINT16, UINT32, BFLOAT16 -> Int.createInt(to, dtype.bytes() * Byte.SIZE, false);
            case BOOL -> {
                Bool.startBool(to);
                yield Bool.endBool(to);
            }
            case BYTES -> {
                Binary.startBinary(to);
                yield Binary.endBinary(to);
            }
            case UTF8 -> {
                Utf8.startUtf8(to);
                yield Utf8.endUtf8(to);
            }
        };
    }

    /**
     * Returns the name, type and shape in the same form as {@link Column#toString}, such as {@code data FLOAT64[rows,
     * 1024]}.
     */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(name + " " + dtype + "[rows");
        dimensions.forEach(dimension -> text.append(", ").append(dimension));
        return text.append(", -1".repeat(raggedLevels)).append(']').toString();
    }
}
