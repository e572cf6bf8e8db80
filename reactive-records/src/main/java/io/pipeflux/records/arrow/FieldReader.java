package io.pipeflux.records.arrow;

import io.pipeflux.records.arrow.StoredField.Index;
import io.pipeflux.records.arrow.StoredField.Storage;
import io.pipeflux.records.arrow.StoredField.StoredList;
import io.pipeflux.records.batch.DType;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.flatbuf.Date;
import org.apache.arrow.flatbuf.DateUnit;
import org.apache.arrow.flatbuf.DictionaryEncoding;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.FixedSizeBinary;
import org.apache.arrow.flatbuf.FixedSizeList;
import org.apache.arrow.flatbuf.FloatingPoint;
import org.apache.arrow.flatbuf.Int;
import org.apache.arrow.flatbuf.Precision;
import org.apache.arrow.flatbuf.Time;
import org.apache.arrow.flatbuf.Type;
import org.jspecify.annotations.Nullable;

/** Reads one field of a schema message. */
final class FieldReader {

    private static final int MAX_DIMENSIONS = 32;

    private final String name;
    private final List<StoredList> lists = new ArrayList<>();

    private FieldReader(String name) {
        this.name = name;
    }

    /**
     * Reads a field.
     *
     * @throws UnsupportedOperationException if no column can represent the field's type
     */
    static StoredField read(@Nullable Field field) {
        Field outer = present(field, "content");
        String name = outer.name();
        return new FieldReader(name == null ? "" : name).field(outer);
    }

    private StoredField field(Field outer) {
        Field inner = outer;
        while (isList(inner.typeType())) {
            requireNoDictionary(inner);
            lists.add(new StoredList(listSize(inner), inner.typeType() == Type.LargeList, inner.nullable()));
            if (lists.size() > MAX_DIMENSIONS) {
                throw unsupported("more than " + MAX_DIMENSIONS + " dimensions", "write fewer");
            }
            inner = item(inner);
        }
        return values(inner);
    }

    private static boolean isList(byte kind) {
        return kind == Type.FixedSizeList || kind == Type.List || kind == Type.LargeList;
    }

    private int listSize(Field list) {
        if (list.typeType() != Type.FixedSizeList) {
            return StoredList.ANY;
        }
        int size = ((FixedSizeList) present(list.type(new FixedSizeList()), "type")).listSize();
        if (size < 0) {
            throw new IllegalArgumentException(
                    "field \"" + name + "\": expected lists of 0 or more values, but got " + size);
        }
        return size;
    }

    private Field item(Field list) {
        if (list.childrenLength() != 1) {
            throw new IllegalArgumentException(
                    "field \"" + name + "\": expected one child of a list, but got " + list.childrenLength());
        }
        return present(list.children(0), "child");
    }

    private void requireNoDictionary(Field list) {
        if (list.dictionary() != null) {
            throw unsupported("a dictionary of lists", "decode it before it is written");
        }
    }

    private StoredField values(Field field) {
        byte kind = field.typeType();
        return switch (kind) {
            case Type.Bool -> stored(field, DType.BOOL, Storage.BITS);
            case Type.Int -> integers(field, (Int) present(field.type(new Int()), "type"));
            case Type.FloatingPoint ->
                stored(field, floats((FloatingPoint) present(field.type(new FloatingPoint()), "type")), Storage.PLAIN);
            case Type.Binary -> stored(field, DType.BYTES, Storage.BINARY);
            case Type.Utf8 -> stored(field, DType.UTF8, Storage.BINARY);
            case Type.LargeBinary -> stored(field, DType.BYTES, Storage.LARGE_BINARY);
            case Type.LargeUtf8 -> stored(field, DType.UTF8, Storage.LARGE_BINARY);
            case Type.BinaryView -> stored(field, DType.BYTES, Storage.VIEWS);
            case Type.Utf8View -> stored(field, DType.UTF8, Storage.VIEWS);
            case Type.FixedSizeBinary -> fixedBinary(field);
            case Type.Timestamp, Type.Duration -> stored(field, DType.INT64, Storage.PLAIN);
            case Type.Date -> {
                boolean days = ((Date) present(field.type(new Date()), "type")).unit() == DateUnit.DAY;
                yield stored(field, days ? DType.INT32 : DType.INT64, Storage.PLAIN);
            }
            case Type.Time -> {
                int bits = ((Time) present(field.type(new Time()), "type")).bitWidth();
                yield stored(field, bits == Integer.SIZE ? DType.INT32 : DType.INT64, Storage.PLAIN);
            }
            default -> throw unsupported(kind);
        };
    }

    private StoredField integers(Field field, Int type) {
        if (!type.isSigned() && type.bitWidth() == Long.SIZE) {
            return stored(field, DType.INT64, Storage.UINT64);
        }
        DType dtype = switch (type.bitWidth()) {
            case Byte.SIZE -> type.isSigned() ? DType.INT8 : DType.UINT8;
            case Short.SIZE -> type.isSigned() ? DType.INT16 : brainOr16(field);
            case Integer.SIZE -> type.isSigned() ? DType.INT32 : DType.UINT32;
            case Long.SIZE -> DType.INT64;
            default ->
                throw new IllegalArgumentException(
                        "field \"" + name + "\" has integers of the unknown width " + type.bitWidth());
        };
        return stored(field, dtype, Storage.PLAIN);
    }

    private static DType brainOr16(Field field) {
        String extension = CustomMetadata.find(field, ArrowField.EXTENSION_NAME);
        return ArrowField.BFLOAT16.equals(extension) ? DType.BFLOAT16 : DType.UINT16;
    }

    private DType floats(FloatingPoint type) {
        return switch (type.precision()) {
            case Precision.HALF -> DType.FLOAT16;
            case Precision.SINGLE -> DType.FLOAT32;
            case Precision.DOUBLE -> DType.FLOAT64;
            default ->
                throw new IllegalArgumentException(
                        "field \"" + name + "\" has the unknown precision " + type.precision());
        };
    }

    /**
     * Reads a field of byte strings that all have the same length. Rejects length 0, because then even an empty message
     * could declare any number of values.
     */
    private StoredField fixedBinary(Field field) {
        int width = ((FixedSizeBinary) present(field.type(new FixedSizeBinary()), "type")).byteWidth();
        if (width < 1) {
            throw unsupported("the type FixedSizeBinary(" + width + ")", "leave it out");
        }
        return stored(field, DType.BYTES, Storage.FIXED_BINARY, width);
    }

    private StoredField stored(Field field, DType dtype, Storage storage) {
        return stored(field, dtype, storage, dtype.bytes());
    }

    private StoredField stored(Field field, DType dtype, Storage storage, int width) {
        boolean ragged = !lists.stream().allMatch(StoredList::isFixed);
        List<Integer> dimensions =
                ragged ? List.of() : lists.stream().map(StoredList::size).toList();
        boolean nullable = field.nullable() || (!ragged && lists.stream().anyMatch(StoredList::nullable));
        return new StoredField(
                new ArrowField(name, dtype, dimensions, ragged ? lists.size() : 0),
                nullable,
                ragged ? List.copyOf(lists) : List.of(),
                storage,
                width,
                index(field));
    }

    private @Nullable Index index(Field field) {
        DictionaryEncoding encoding = field.dictionary();
        if (encoding == null) {
            return null;
        }
        Int type = encoding.indexType();
        int bits = type == null ? Integer.SIZE : type.bitWidth(); // Schema.fbs defines 32 bits as the default
        if (bits != Byte.SIZE && bits != Short.SIZE && bits != Integer.SIZE && bits != Long.SIZE) {
            throw new IllegalArgumentException("field \"" + name + "\" has indices of the unknown width " + bits);
        }
        return new Index(encoding.id(), bits / Byte.SIZE, type == null || type.isSigned());
    }

    private UnsupportedOperationException unsupported(byte kind) {
        boolean known = kind >= 0 && kind < Type.names.length;
        String type = "the type " + (known ? Type.name(kind) : "number " + kind);
        String cure = switch (kind) {
            case Type.ListView, Type.LargeListView -> "cast it to a list";
            case Type.Struct_ -> "write its children as fields of their own";
            case Type.Decimal -> "cast it to float64 or int64";
            case Type.Interval -> "cast it to a duration";
            case Type.RunEndEncoded -> "decode it before it is written";
            default -> "leave it out, or cast it to another type";
        };
        return unsupported(type, cure);
    }

    private UnsupportedOperationException unsupported(String feature, String cure) {
        return new UnsupportedOperationException(
                "field \"" + name + "\" has " + feature + ", which columns cannot have: " + cure);
    }

    private static <T> T present(@Nullable T part, String what) {
        if (part == null) {
            throw new IllegalArgumentException("a field has no " + what);
        }
        return part;
    }
}
