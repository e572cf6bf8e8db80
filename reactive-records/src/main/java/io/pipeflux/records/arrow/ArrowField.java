package io.pipeflux.records.arrow;

import com.google.flatbuffers.FlatBufferBuilder;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.flatbuf.Binary;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.FixedSizeList;
import org.apache.arrow.flatbuf.FloatingPoint;
import org.apache.arrow.flatbuf.Int;
import org.apache.arrow.flatbuf.Precision;
import org.apache.arrow.flatbuf.Type;
import org.jspecify.annotations.Nullable;

/**
 * A column without its rows, as a field of an Arrow schema; how they correspond is drawn at {@link ArrowStreams}.
 *
 * @param dimensions of a row's values; none if it is one value, or if the column is ragged
 */
record ArrowField(String name, DType dtype, List<Integer> dimensions, boolean ragged) {

    private static final String ITEM = "item";
    private static final int MAX_DIMENSIONS = 32;

    static ArrowField of(Column column) {
        int[] shape = column.shape();
        if (column.isRagged() && shape.length > 2) {
            throw unsupported(column.name(), "several ragged levels, which are not written to Arrow streams");
        }
        List<Integer> dimensions = column.isRagged()
                ? List.of()
                : Arrays.stream(shape, 1, shape.length).boxed().toList();
        return new ArrowField(column.name(), column.dtype(), dimensions, column.isRagged());
    }

    /** Writes the field from the inside out, as flatbuffers are; returns its place. */
    int write(FlatBufferBuilder to) {
        int levels = ragged ? 1 : dimensions.size();
        int field = write(to, levels, valueType(), writeValueType(to));
        for (int level = levels - 1; level >= 0; level--) {
            field = ragged
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
        return Field.createField(to, label, false, kind, type, 0, Field.createChildrenVector(to, children), 0);
    }

    private static int writeList(FlatBufferBuilder to) {
        org.apache.arrow.flatbuf.List.startList(to);
        return org.apache.arrow.flatbuf.List.endList(to);
    }

    private byte valueType() {
        return switch (dtype) {
            case FLOAT32, FLOAT64 -> Type.FloatingPoint;
            case INT32, INT64, UINT8 -> Type.Int;
            case BYTES -> Type.Binary;
            case INT8, INT16, UINT16, UINT32, FLOAT16, BFLOAT16, BOOL, UTF8 -> throw notWritten();
        };
    }

    private int writeValueType(FlatBufferBuilder to) {
        return switch (dtype) {
            case FLOAT32 -> FloatingPoint.createFloatingPoint(to, Precision.SINGLE);
            case FLOAT64 -> FloatingPoint.createFloatingPoint(to, Precision.DOUBLE);
            case INT32, INT64 -> Int.createInt(to, dtype.bytes() * Byte.SIZE, true);
            case UINT8 -> Int.createInt(to, Byte.SIZE, false);
            case BYTES -> {
                Binary.startBinary(to);
                yield Binary.endBinary(to);
            }
            case INT8, INT16, UINT16, UINT32, FLOAT16, BFLOAT16, BOOL, UTF8 -> throw notWritten();
        };
    }

    private UnsupportedOperationException notWritten() {
        return new UnsupportedOperationException("column \"" + name + "\" has values of " + dtype
                + ", which are not written to Arrow streams: leave it out, or convert it to another type");
    }

    /**
     * Reads a field.
     *
     * @throws UnsupportedOperationException if it is of a type for which there is no column
     */
    static ArrowField read(Field field) {
        String name = text(field.name());
        List<Integer> dimensions = new ArrayList<>();
        Field inner = field;
        requirePlain(name, inner);
        while (inner.typeType() == Type.FixedSizeList) {
            FixedSizeList list = (FixedSizeList) present(inner.type(new FixedSizeList()), "type");
            dimensions.add(list.listSize());
            if (dimensions.size() > MAX_DIMENSIONS) {
                throw unsupported(name, "more than " + MAX_DIMENSIONS + " dimensions");
            }
            inner = item(name, inner);
        }
        boolean ragged = inner.typeType() == Type.List && dimensions.isEmpty();
        if (ragged) {
            inner = item(name, inner);
        }
        return new ArrowField(name, dtype(name, inner), List.copyOf(dimensions), ragged);
    }

    private static Field item(String name, Field list) {
        if (list.childrenLength() != 1) {
            throw new IllegalArgumentException(
                    "field \"" + name + "\": a list has one child but there are " + list.childrenLength());
        }
        Field item = present(list.children(0), "child");
        requirePlain(name, item);
        return item;
    }

    private static void requirePlain(String name, Field field) {
        if (field.dictionary() != null) {
            throw unsupported(name, "dictionary encoding");
        }
    }

    private static DType dtype(String name, Field field) {
        byte kind = field.typeType();
        if (kind == Type.Binary || kind == Type.Utf8) {
            return DType.BYTES;
        }
        if (kind == Type.Int) {
            return intType(name, (Int) present(field.type(new Int()), "type"));
        }
        if (kind == Type.FloatingPoint) {
            return floatType(name, (FloatingPoint) present(field.type(new FloatingPoint()), "type"));
        }
        boolean known = kind >= 0 && kind < Type.names.length;
        boolean nested = kind == Type.List || kind == Type.FixedSizeList;
        throw unsupported(
                name, "the type " + (known ? Type.name(kind) : "number " + kind) + (nested ? " inside a list" : ""));
    }

    private static DType intType(String name, Int type) {
        if (type.isSigned() && type.bitWidth() == Integer.SIZE) {
            return DType.INT32;
        }
        if (type.isSigned() && type.bitWidth() == Long.SIZE) {
            return DType.INT64;
        }
        if (!type.isSigned() && type.bitWidth() == Byte.SIZE) {
            return DType.UINT8;
        }
        throw unsupported(
                name, "the type Int(" + type.bitWidth() + ", " + (type.isSigned() ? "signed" : "unsigned") + ")");
    }

    private static DType floatType(String name, FloatingPoint type) {
        return switch (type.precision()) {
            case Precision.SINGLE -> DType.FLOAT32;
            case Precision.DOUBLE -> DType.FLOAT64;
            case Precision.HALF -> throw unsupported(name, "the type FloatingPoint(HALF)");
            default ->
                throw new IllegalArgumentException(
                        "field \"" + name + "\" has the unknown precision " + type.precision());
        };
    }

    private static UnsupportedOperationException unsupported(String name, String feature) {
        return new UnsupportedOperationException("field \"" + name + "\" has " + feature);
    }

    private static String text(@Nullable String name) {
        return name == null ? "" : name;
    }

    private static <T> T present(@Nullable T part, String what) {
        if (part == null) {
            throw new IllegalArgumentException("a field has no " + what);
        }
        return part;
    }

    /** Type and shape in the words of {@link Column}: {@code data FLOAT64[rows, 1024]}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(name + " " + dtype + "[rows");
        dimensions.forEach(dimension -> text.append(", ").append(dimension));
        return text.append(ragged ? ", -1]" : "]").toString();
    }
}
