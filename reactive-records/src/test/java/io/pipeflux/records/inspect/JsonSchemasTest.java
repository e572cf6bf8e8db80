package io.pipeflux.records.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.json.JsonField;
import io.pipeflux.records.json.JsonSchema;
import io.pipeflux.records.text.LineOption;
import io.pipeflux.records.text.TextLines;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

/** Of lines of JSON: what is proposed reads the records that it was made of. */
class JsonSchemasTest {

    private static final int CASES = Integer.getInteger("pipeflux.cases", 500);
    private static final String[] NAMES = {"a", "b", "c", "a.b", "x y", "é", "'q", "\\\\", "[*]", "", "$"};
    private static final String[] VALUES = {
        "null",
        "null",
        "true",
        "7",
        "7",
        "1.5",
        "-0",
        "NaN",
        "\"\"",
        "\"t\\u00e9\\n\"",
        "\"\\ud800\"",
        "12345678901234567890",
        "0.1234567891",
        "1e400",
        "1E5"
    };

    private static Flux<ObjectBytes> lines(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return Flux.just(ObjectBytes.of(
                "object",
                0,
                bytes.length,
                null,
                from -> Flux.just(ByteBuffer.wrap(bytes, (int) from, bytes.length - (int) from)
                        .slice())));
    }

    private static InferredSchema infer(String text) {
        return Objects.requireNonNull(Schemas.infer(lines(text), 1000).block());
    }

    private static JsonField field(FieldPlan plan) {
        int[] shape = plan.layout() == FieldPlan.Layout.FIXED ? new int[] {(int) plan.length()} : new int[0];
        String name = plan.field().name;
        return switch (plan.dtype()) {
            case INT64 -> defaulted(JsonField.int64(name, plan.path(), shape), plan.hasDefault());
            case FLOAT32 -> withDefault(JsonField.float32(name, plan.path(), shape), plan.hasDefault());
            case FLOAT64 -> withDefault(JsonField.float64(name, plan.path(), shape), plan.hasDefault());
            case BOOL -> {
                JsonField field = JsonField.bool(name, plan.path(), shape);
                yield plan.hasDefault() ? field.withDefault(false) : field;
            }
            default -> {
                JsonField field = JsonField.utf8(name, plan.path(), shape);
                yield plan.hasDefault() ? field.withDefault("") : field;
            }
        };
    }

    private static JsonField defaulted(JsonField field, boolean hasDefault) {
        return hasDefault ? field.withDefault(0L) : field;
    }

    private static JsonField withDefault(JsonField field, boolean hasDefault) {
        return hasDefault ? field.withDefault(0.0) : field;
    }

    private static List<FieldPlan> columns(InferredSchema schema) {
        try {
            return schema.columns();
        } catch (IllegalStateException e) {
            return List.of(); // every field is left out
        }
    }

    private static ColumnBatch read(InferredSchema inferred, String text) {
        JsonSchema schema = JsonSchema.of(
                columns(inferred).stream().map(JsonSchemasTest::field).toArray(JsonField[]::new));
        return Objects.requireNonNull(lines(text)
                .transform(TextLines.format(LineOption.SKIP_BLANK_LINES, LineOption.SKIP_BYTE_ORDER_MARK)
                        .decodeObjects())
                .collect(schema.batches())
                .block());
    }

    private static String value(Random random, int depth) {
        int kind = random.nextInt(depth > 3 ? 6 : 10);
        if (kind < 6) {
            return VALUES[random.nextInt(VALUES.length)];
        }
        if (kind < 8) {
            return object(random, depth + 1);
        }
        String first = value(random, depth + 1);
        boolean same = random.nextBoolean();
        return Stream.generate(() -> same ? first : value(random, depth + 1))
                .limit(random.nextInt(3))
                .collect(Collectors.joining(",", "[", "]"));
    }

    private static String object(Random random, int depth) {
        int names = random.nextInt(4) == 0 ? NAMES.length : 3; // few names: the same in many records
        return Stream.generate(() -> "\"" + NAMES[random.nextInt(names)] + "\":" + value(random, depth))
                .limit(random.nextInt(4))
                .collect(Collectors.joining(",", "{", "}"));
    }

    @Test
    void whateverIsInferredIsRead() {
        int read = 0;
        for (int seed = 0; seed < CASES; seed++) {
            Random random = new Random(seed);
            int records = 1 + random.nextInt(6);
            String text = Stream.generate(() -> random.nextInt(8) > 0 ? object(random, 0) : value(random, 0))
                    .limit(records)
                    .collect(Collectors.joining("\n", "{}\n", "\n"));
            InferredSchema schema = infer(text);
            assertThat(schema.rows()).isEqualTo(1 + records);
            if (columns(schema).isEmpty()) {
                continue;
            }
            try {
                assertThat(read(schema, text).rows()).isEqualTo(1 + records);
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + schema + text, e);
            }
            read++;
        }
        assertThat(read).isGreaterThan(CASES / 3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'a':1}|{'a':{}}",
                "{'a':1}|{'a':[]}",
                "{'a':1}|{'a':[null]}",
                "{'a':1}|{'a':{'b':null}}",
                "{'a':{'b':{'c':null}}}|{'a':1}",
                "{'a':1}|{'a':[{}]}",
                "{'a':[1,{'b':{}}]}",
                "{'a':[1,{'b':null}]}",
                "{'a':[1,[]]}",
                "{'a':[{}]}|{'a':{'y':1}}",
                "{'a':{'y':1}}|{'a':[null]}",
                "{'a':[{'y':1}]}|{'a':{'y':null}}"
            })
    void aPlaceThatIsNotAlwaysTheSameIsLeftOut(String quoted) {
        String records = quoted.replace('\'', '"').replace('|', '\n');
        assertThat(columns(infer(records))).as(infer(records).toString()).isEmpty();
        String more = records.replace("{\"a\"", "{\"ok\":1,\"a\"");
        InferredSchema schema = infer(more);
        assertThat(read(schema, more).names()).containsExactly("ok");
        assertThat(schema.toString()).contains(" is not always the same kind: a value, an array or an object");
    }

    @Test
    void nullMayStandForAnyOfThem() {
        String text = "{\"a\":{\"b\":1},\"l\":[{\"c\":1}]}\n{\"a\":null,\"l\":null}\n{\"a\":{\"b\":null},\"l\":[{}]}\n";
        assertThat(read(infer(text), text).names()).containsExactly("a.b", "l.c");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[id],name\n1,a\n", "[1],a\n[2],b\n", "{id},{name}\n1,2\n"})
    void aCellThatBeginsWithABracketIsText(String text) {
        assertThat(infer(text).toString()).contains("CSV, ");
        assertThat(columns(infer(text))).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":1",
                "{\n \"a\": 1\n}\n",
                "{\"a\":1,,}\n{\"a\":2}\n",
                "{\"a\":,\"b\":1}\n{\"a\":2}\n{\"a\":3}\nx\n",
                "[1,x]\n[1,2]\n[3,4]\n",
                "{'a':1}\n{'a':2}\n",
                "{a:1}"
            })
    void jsonThatIsBrokenIsNotTakenForText(String text) {
        assertThatThrownBy(() -> infer(text))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageContaining("JSON: ");
    }

    @Test
    void aLineIsOneValue() {
        assertThatThrownBy(() -> infer("{\"a\":1}\n{\"a\":1} {\"a\":2}\n")).isInstanceOf(CorruptRecordException.class);
    }
}
