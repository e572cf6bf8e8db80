package io.pipeflux.records.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.internal.IntegerTypes;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Random records, schemas and defaults against a plain reading of the tree that Jackson reads. */
class JsonPropertyTest {

    private static final int CASES = Integer.getInteger("pipeflux.cases", 500);

    private static final String[] PATHS = {
        "$.a",
        "$.b",
        "$.c.a",
        "$.c.b",
        "$['c']['x.y']",
        "$.l[0]",
        "$.l[2]",
        "$.m[*]",
        "$.n[*].a",
        "$.n[*].b.a",
        "$.o.l[*]"
    };
    private static final DType[] TYPES = {
        DType.INT8,
        DType.UINT8,
        DType.INT16,
        DType.UINT16,
        DType.INT32,
        DType.UINT32,
        DType.INT64,
        DType.FLOAT32,
        DType.FLOAT64,
        DType.BOOL,
        DType.BYTES,
        DType.UTF8
    };

    @Test
    void columnsAreWhatATreeSays() {
        int read = 0;
        for (int seed = 0; seed < CASES; seed++) {
            Random random = new Random(seed);
            List<JsonField> fields = fields(random);
            JsonSchema schema = JsonSchema.of(fields.toArray(JsonField[]::new));
            List<String> lines = new ArrayList<>();
            for (int left = 1 + random.nextInt(4); left > 0; left--) {
                lines.add(object(random, fields, random.nextInt(8) > 0));
            }
            List<RawRecord> records = lines.stream()
                    .map(line -> RawRecord.of(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8))))
                    .toList();
            String expected = expected(fields, lines);
            assertThat(found(schema, records))
                    .as("seed %d: %s %s", seed, schema, lines)
                    .isEqualTo(expected);
            assertThat(found(schema.withAllocator(ColumnAllocator.poisoning()), records))
                    .isEqualTo(expected);
            read += expected.equals("refused") ? 0 : 1;
        }
        assertThat(read).isBetween(CASES / 5, CASES * 9 / 10);
    }

    private static List<JsonField> fields(Random random) {
        List<JsonField> fields = new ArrayList<>();
        for (String path : PATHS) {
            if (random.nextInt(3) == 0) {
                DType dtype = TYPES[random.nextInt(TYPES.length)];
                boolean array = !path.contains("[") && random.nextInt(4) == 0;
                JsonField field = JsonField.of("f" + fields.size(), path, dtype, array ? new int[] {2} : new int[0]);
                boolean plain = random.nextInt(4) == 0;
                fields.add(plain ? field : withDefault(field, random));
            }
        }
        return fields.isEmpty() ? List.of(JsonField.int64("f0", "$.a")) : fields;
    }

    private static JsonField withDefault(JsonField field, Random random) {
        return switch (field.dtype()) {
            case FLOAT32, FLOAT64 -> field.withDefault(random.nextInt(100) / 4.0);
            case BOOL -> field.withDefault(random.nextBoolean());
            case BYTES, UTF8 -> field.withDefault("d" + random.nextInt(10));
            default -> field.withDefault((long) random.nextInt(100));
        };
    }

    // == records ==

    private static String object(Random random, List<JsonField> fields, boolean fitting) {
        StringBuilder text = new StringBuilder("{");
        text.append(member(random, "a", value(random, fields, "$.a", fitting)));
        text.append(member(random, "z", value(random, fields, "", false)));
        text.append(member(random, "b", value(random, fields, "$.b", fitting)));
        text.append(member(
                random,
                "c",
                "{" + member(random, "x.y", value(random, fields, "$['c']['x.y']", fitting))
                        + member(random, "b", value(random, fields, "$.c.b", fitting))
                        + member(random, "a", value(random, fields, "$.c.a", fitting)) + "\"\":[{}]}"));
        text.append(member(
                random,
                "l",
                "[" + value(random, fields, "$.l[0]", fitting) + ",[1,{\"a\":2}],"
                        + value(random, fields, "$.l[2]", fitting) + ",3]"));
        text.append(member(random, "m", list(random, () -> value(random, fields, "$.m[*]", fitting))));
        text.append(member(
                random,
                "n",
                list(
                        random,
                        () -> "{" + member(random, "a", value(random, fields, "$.n[*].a", fitting))
                                + member(random, "b", "{\"a\":" + value(random, fields, "$.n[*].b.a", fitting) + "}")
                                + "\"c\":{\"a\":1}}")));
        text.append(member(
                random, "o", "{\"l\":" + list(random, () -> value(random, fields, "$.o.l[*]", fitting)) + "}"));
        return text.append("\"end\":[]}").toString();
    }

    private static String member(Random random, String name, String value) {
        return random.nextInt(12) == 0 ? "" : '"' + name + "\" : " + (random.nextInt(12) == 0 ? "null" : value) + ",";
    }

    private static String list(Random random, Supplier<String> element) {
        StringBuilder text = new StringBuilder("[");
        for (int left = random.nextInt(5); left > 0; left--) {
            text.append(random.nextInt(20) == 0 ? "null" : element.get()).append(left > 1 ? "," : "");
        }
        return text.append("]").toString();
    }

    private static String value(Random random, List<JsonField> fields, String path, boolean fitting) {
        for (JsonField field : fields) {
            if (field.path().text().equals(path) && (fitting || random.nextInt(10) > 0)) {
                String one = scalar(random, field.dtype());
                return field.shape().length == 0
                        ? one
                        : "[" + one + "," + (random.nextInt(30) == 0 ? "null" : scalar(random, field.dtype())) + "]";
            }
        }
        return switch (random.nextInt(6)) {
            case 0 -> "[" + random.nextInt() + ",{}]";
            case 1 -> "{\"a\":null}";
            case 2 -> "1e400";
            default -> scalar(random, TYPES[random.nextInt(TYPES.length)]);
        };
    }

    private static String scalar(Random random, DType dtype) {
        return switch (dtype) {
            case FLOAT32 -> random.nextBoolean() ? Float.toString(random.nextFloat() * 1000) : random.nextInt() + "";
            case FLOAT64 -> random.nextBoolean() ? Double.toString(random.nextGaussian()) : random.nextLong() + "e-3";
            case BOOL -> Boolean.toString(random.nextBoolean());
            case BYTES, UTF8 -> "\"" + "\\u20ac\u00e4x\\n\\\"".repeat(random.nextInt(3)) + random.nextInt(50) + "\"";
            default -> {
                long value = IntegerTypes.least(dtype) / 2 + random.nextInt(120);
                yield random.nextInt(10) == 0 ? value + ".0" : Long.toString(value);
            }
        };
    }

    // == the reference ==

    private static String expected(List<JsonField> fields, List<String> lines) {
        StringBuilder all = new StringBuilder();
        try {
            for (JsonField field : fields) {
                all.append(field.name());
                for (String line : lines) {
                    all.append(' ').append(row(field, PlainTree.read(line)));
                }
                all.append('\n');
            }
            return all.toString();
        } catch (IllegalStateException e) {
            return "refused";
        }
    }

    private static List<Object> row(JsonField field, Object tree) {
        List<Object> steps = field.path().steps();
        int each = steps.indexOf(JsonPath.EACH);
        if (each < 0) {
            Object value = follow(tree, steps);
            if (field.shape().length == 0 || value == null) {
                Object one = one(field, value);
                return field.shape().length == 0 ? List.of(one) : List.of(one, one);
            }
            List<Object> row = new ArrayList<>();
            list(value, true).forEach(element -> row.add(one(field, element)));
            refuse(row.size() != 2);
            return row;
        }
        Object list = follow(tree, steps.subList(0, each));
        refuse(list == null && !field.hasDefault());
        List<Object> row = new ArrayList<>();
        for (Object element : list == null ? List.of() : list(list, true)) {
            row.add(one(field, follow(element, steps.subList(each + 1, steps.size()))));
        }
        return row;
    }

    private static Object follow(Object tree, List<Object> steps) {
        Object at = tree;
        for (Object step : steps) {
            if (at == null) {
                return null;
            }
            if (step instanceof Integer i) {
                List<?> list = list(at, true);
                at = i < list.size() ? list.get(i) : null;
            } else {
                refuse(!(at instanceof Map));
                at = ((Map<?, ?>) at).get(step);
            }
        }
        return at;
    }

    private static List<?> list(Object value, boolean must) {
        refuse(must && !(value instanceof List));
        return (List<?>) value;
    }

    private static void refuse(boolean wrong) {
        if (wrong) {
            throw new IllegalStateException();
        }
    }

    private static Object one(JsonField field, Object value) {
        if (value == null) {
            refuse(!field.hasDefault());
            return switch (field.dtype()) {
                case FLOAT32, FLOAT64 -> field.number();
                case BYTES, UTF8 -> new String(field.string(), StandardCharsets.UTF_8);
                default -> (double) field.integer();
            };
        }
        return switch (field.dtype()) {
            case FLOAT32, FLOAT64 -> {
                refuse(!(value instanceof BigDecimal));
                BigDecimal number = (BigDecimal) value;
                double nearest = field.dtype() == DType.FLOAT32 ? number.floatValue() : number.doubleValue();
                refuse(Double.isInfinite(nearest));
                yield nearest;
            }
            case BOOL -> {
                refuse(!(value instanceof Boolean));
                yield (Boolean) value ? 1.0 : 0.0;
            }
            case BYTES, UTF8 -> {
                refuse(!(value instanceof String));
                yield value;
            }
            default -> {
                refuse(!(value instanceof BigDecimal));
                BigDecimal number = (BigDecimal) value;
                refuse(number.stripTrailingZeros().scale() > 0
                        || number.compareTo(BigDecimal.valueOf(IntegerTypes.least(field.dtype()))) < 0
                        || number.compareTo(BigDecimal.valueOf(IntegerTypes.most(field.dtype()))) > 0);
                yield number.doubleValue();
            }
        };
    }

    // == what was found ==

    private static String found(JsonSchema schema, List<RawRecord> records) {
        try {
            ColumnBatch batch = schema.parse(records);
            StringBuilder all = new StringBuilder();
            for (String name : batch.names()) {
                Column column = batch.column(name);
                all.append(name);
                int perRow = column.isRagged() ? 0 : column.size() / column.rows();
                for (int row = 0; row < column.rows(); row++) {
                    int from = column.isRagged() ? column.rowSplits().get(row) : row * perRow;
                    int to = column.isRagged() ? column.rowSplits().get(row + 1) : from + perRow;
                    all.append(' ').append(values(column).subList(from, to));
                }
                all.append('\n');
            }
            batch.release();
            return all.toString();
        } catch (PipefluxException e) {
            return "refused";
        }
    }

    private static List<Object> values(Column column) {
        List<Object> values = new ArrayList<>();
        double[] numbers = new double[column.size()];
        if (!column.dtype().hasOffsets()) {
            column.copyTo(numbers);
        }
        for (int i = 0; i < column.size(); i++) {
            values.add(
                    column.dtype().hasOffsets()
                            ? StandardCharsets.UTF_8.decode(column.bytes(i)).toString()
                            : (Object) numbers[i]);
        }
        return values;
    }
}
