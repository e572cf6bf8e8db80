package io.pipeflux.records.arrow;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BaseLargeVariableWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BaseVariableWidthViewVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/**
 * Fields of random types, and random values in their vectors. What is expected of a column is given as trees: lists, in
 * them the bytes of values in hexadecimal, null for nulls.
 */
final class RandomFields {

    private static final List<ArrowType> TYPES = List.of(
            new ArrowType.Int(8, true),
            new ArrowType.Int(8, false),
            new ArrowType.Int(16, true),
            new ArrowType.Int(16, false),
            new ArrowType.Int(32, true),
            new ArrowType.Int(32, false),
            new ArrowType.Int(64, true),
            new ArrowType.Int(64, false),
            new ArrowType.FloatingPoint(FloatingPointPrecision.HALF),
            new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE),
            new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE),
            new ArrowType.Bool(),
            new ArrowType.Date(DateUnit.DAY),
            new ArrowType.Date(DateUnit.MILLISECOND),
            new ArrowType.Time(TimeUnit.SECOND, 32),
            new ArrowType.Time(TimeUnit.NANOSECOND, 64),
            new ArrowType.Timestamp(TimeUnit.MICROSECOND, null),
            new ArrowType.Timestamp(TimeUnit.MILLISECOND, "UTC"),
            new ArrowType.Duration(TimeUnit.SECOND),
            new ArrowType.FixedSizeBinary(3),
            new ArrowType.Binary(),
            new ArrowType.Utf8(),
            new ArrowType.LargeBinary(),
            new ArrowType.LargeUtf8(),
            new ArrowType.BinaryView(),
            new ArrowType.Utf8View());

    private static final List<ArrowType> INDICES = List.of(
            new ArrowType.Int(8, true),
            new ArrowType.Int(16, true),
            new ArrowType.Int(32, true),
            new ArrowType.Int(64, true));

    private final Random random;
    private final BufferAllocator allocator;
    private final MapDictionaryProvider dictionaries = new MapDictionaryProvider();
    private final List<FieldVector> dictionaryVectors = new ArrayList<>();
    private final List<List<Object>> dictionaryValues = new ArrayList<>();
    private final boolean nulls;

    RandomFields(Random random, BufferAllocator allocator, boolean nulls) {
        this.random = random;
        this.allocator = allocator;
        this.nulls = nulls;
    }

    MapDictionaryProvider dictionaries() {
        return dictionaries;
    }

    void close() {
        dictionaryVectors.forEach(FieldVector::close);
    }

    Field field(String name) {
        return switch (random.nextInt(9)) {
            case 0 -> list(name, new ArrowType.FixedSizeList(random.nextInt(4)), value("item"));
            case 1 -> {
                Field inner = list("item", new ArrowType.FixedSizeList(random.nextInt(4)), value("item"));
                yield list(name, new ArrowType.FixedSizeList(1 + random.nextInt(3)), inner);
            }
            case 2, 3 -> list(name, new ArrowType.List(), value("item"));
            case 4 -> list(name, new ArrowType.LargeList(), value("item"));
            case 5 -> nested(name, 2 + random.nextInt(2));
            default -> value(name);
        };
    }

    private Field nested(String name, int levels) {
        ArrowType type = switch (random.nextInt(4)) {
            case 0 -> new ArrowType.FixedSizeList(random.nextInt(4));
            case 1 -> new ArrowType.LargeList();
            default -> new ArrowType.List();
        };
        return list(name, type, levels == 1 ? value("item") : nested("item", levels - 1));
    }

    private Field list(String name, ArrowType type, Field item) {
        return new Field(name, new FieldType(mayBeNull(), type, null), List.of(item));
    }

    private boolean mayBeNull() {
        return nulls && random.nextInt(3) > 0;
    }

    private Field value(String name) {
        ArrowType type = TYPES.get(random.nextInt(TYPES.size()));
        if (random.nextInt(4) > 0) {
            return new Field(name, new FieldType(mayBeNull(), type, null), List.of());
        }
        long id = dictionaryVectors.size();
        DictionaryEncoding encoding =
                new DictionaryEncoding(id, false, (ArrowType.Int) INDICES.get(random.nextInt(INDICES.size())));
        boolean nullable = mayBeNull();
        Field values = new Field("dictionary", new FieldType(nullable, type, null), List.of());
        FieldVector vector = values.createVector(allocator);
        dictionaryValues.add(fill(vector, 1 + random.nextInt(100)));
        dictionaryVectors.add(vector);
        dictionaries.put(new Dictionary(vector, encoding));
        return new Field(name, new FieldType(nullable, encoding.getIndexType(), encoding), List.of());
    }

    /** Fills a vector; returns its values. */
    List<Object> fill(FieldVector vector, int rows) {
        return fill(vector, rows, isRagged(vector.getField()));
    }

    static boolean isRagged(Field field) {
        return field.getType() instanceof ArrowType.List
                || field.getType() instanceof ArrowType.LargeList
                || (field.getType() instanceof ArrowType.FixedSizeList
                        && isRagged(field.getChildren().get(0)));
    }

    private List<Object> fill(FieldVector vector, int rows, boolean ragged) {
        vector.allocateNew();
        List<Object> values = new ArrayList<>();
        if (vector instanceof FixedSizeListVector list) {
            List<Object> items = fill(list.getDataVector(), rows * list.getListSize(), ragged);
            for (int i = 0; i < rows; i++) {
                boolean isNull = isNull(vector);
                if (!isNull) {
                    list.setNotNull(i);
                }
                List<Object> row = new ArrayList<>(items.subList(i * list.getListSize(), (i + 1) * list.getListSize()));
                values.add(!isNull ? row : ragged ? List.of() : emptied(row));
            }
        } else if (vector instanceof ListVector list) {
            fillList(values, rows, vector, list.getDataVector());
        } else if (vector instanceof LargeListVector list) {
            fillList(values, rows, vector, list.getDataVector());
        } else {
            for (int i = 0; i < rows; i++) {
                values.add(isNull(vector) ? null : set(vector, i));
            }
        }
        vector.setValueCount(rows);
        return values;
    }

    private static List<Object> emptied(List<Object> list) {
        return list.stream()
                .map(item -> item instanceof List<?> inner ? (Object) emptied(new ArrayList<>(inner)) : null)
                .collect(Collectors.toCollection(ArrayList::new));
    }

    /** Offsets may begin anywhere, and null lists may span values. */
    private void fillList(List<Object> values, int rows, FieldVector vector, FieldVector data) {
        int[] ends = new int[rows + 1];
        ends[0] = random.nextBoolean() ? 0 : random.nextInt(5);
        for (int i = 0; i < rows; i++) {
            ends[i + 1] = ends[i] + random.nextInt(4);
        }
        int count = ends[rows] + random.nextInt(3);
        List<Object> items = fill(data, count, true);
        for (int i = 0; i < rows; i++) {
            boolean isNull = isNull(vector);
            values.add(isNull ? List.of() : new ArrayList<>(items.subList(ends[i], ends[i + 1])));
            if (vector instanceof ListVector list) {
                list.startNewValue(i);
                list.endValue(i, 0);
                BitVectorHelper.setValidityBit(list.getValidityBuffer(), i, isNull ? 0 : 1);
            } else {
                LargeListVector list = (LargeListVector) vector;
                list.startNewValue(i);
                list.endValue(i, 0);
                BitVectorHelper.setValidityBit(list.getValidityBuffer(), i, isNull ? 0 : 1);
            }
        }
        for (int i = 0; i <= rows && rows > 0; i++) {
            if (vector instanceof ListVector list) {
                list.getOffsetBuffer().setInt(4L * i, ends[i]);
            } else {
                ((LargeListVector) vector).getOffsetBuffer().setLong(8L * i, ends[i]);
            }
        }
    }

    private boolean isNull(FieldVector vector) {
        return vector.getField().isNullable() && random.nextInt(4) == 0;
    }

    private Object set(FieldVector vector, int i) {
        DictionaryEncoding encoding = vector.getField().getDictionary();
        if (encoding != null) {
            List<Object> of = dictionaryValues.get((int) encoding.getId());
            int at = random.nextInt(of.size());
            ((BaseIntVector) vector).setWithPossibleTruncate(i, at);
            return of.get(at);
        }
        if (vector instanceof BitVector bits) {
            int bit = random.nextInt(2);
            bits.setSafe(i, bit);
            return "0" + bit;
        }
        if (vector instanceof BaseFixedWidthVector fixed) {
            byte[] bytes = new byte[fixed.getTypeWidth()];
            random.nextBytes(bytes);
            if (fixed.getField().getType().equals(new ArrowType.Int(64, false))) {
                bytes[7] &= 0x7F;
            }
            while (fixed.getValueCapacity() <= i) {
                fixed.reAlloc();
            }
            fixed.getDataBuffer().setBytes((long) i * bytes.length, bytes);
            BitVectorHelper.setBit(fixed.getValidityBuffer(), i);
            return HexFormat.of().formatHex(bytes);
        }
        byte[] bytes = string(vector.getField().getType());
        if (vector instanceof BaseVariableWidthVector strings) {
            strings.setSafe(i, bytes);
        } else if (vector instanceof BaseLargeVariableWidthVector strings) {
            strings.setSafe(i, bytes);
        } else {
            ((BaseVariableWidthViewVector) vector).setSafe(i, bytes);
        }
        return HexFormat.of().formatHex(bytes);
    }

    private byte[] string(ArrowType type) {
        boolean text = type instanceof ArrowType.Utf8
                || type instanceof ArrowType.LargeUtf8
                || type instanceof ArrowType.Utf8View;
        if (text) {
            return "aé€\uD83D\uDE00".repeat(random.nextInt(4)).getBytes(StandardCharsets.UTF_8);
        }
        byte[] bytes = new byte[random.nextInt(random.nextBoolean() ? 5 : 40)];
        random.nextBytes(bytes);
        return bytes;
    }
}
