package io.pipeflux.records.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.internal.IntegerTypes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Random records, schemas and defaults against a plain reading of the tree that Jackson reads. */
class JsonPropertyTest {

    private static final int CASES = Integer.getInteger("pipeflux.cases", 300);

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
            String expected = JsonReference.expected(fields, records);
            assertThat(JsonReference.found(schema, records))
                    .as("seed %d: %s %s", seed, schema, lines)
                    .isEqualTo(expected);
            assertThat(JsonReference.found(schema.withAllocator(ColumnAllocator.poisoning()), records))
                    .isEqualTo(expected);
            read += expected.equals(JsonReference.REFUSED) ? 0 : 1;
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
}
