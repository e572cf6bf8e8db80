package io.pipeflux.records.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.core.SkipPolicy;
import io.pipeflux.core.operator.BatchOptions;
import io.pipeflux.core.operator.PipeOperators;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.text.LineOption;
import io.pipeflux.records.text.TextLines;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

class JsonSchemaTest {

    private static RawRecord record(String text) {
        return RawRecord.of(ByteBuffer.wrap(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8)));
    }

    private static ColumnBatch batch(JsonSchema schema, String... lines) {
        return schema.parse(Stream.of(lines).map(JsonSchemaTest::record).toList());
    }

    private static Column column(JsonField field, String... lines) {
        return batch(JsonSchema.of(field), lines).column("x");
    }

    private static List<Double> numbers(Column column) {
        double[] values = new double[column.size()];
        column.copyTo(values);
        return new ArrayList<>(Arrays.stream(values).boxed().toList());
    }

    private static List<String> strings(Column column) {
        List<String> strings = new ArrayList<>();
        for (int i = 0; i < column.size(); i++) {
            strings.add(StandardCharsets.UTF_8.decode(column.bytes(i)).toString());
        }
        return strings;
    }

    private static List<Integer> splits(Column column) {
        List<Integer> splits = new ArrayList<>();
        for (int i = 0; i <= column.rows(); i++) {
            splits.add(column.rowSplits().get(i));
        }
        return splits;
    }

    private static void assertMismatch(JsonField field, String line, String part) {
        assertThatThrownBy(() -> column(field, line))
                .as(line)
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessageContaining(part)
                .hasMessageContaining("record 0");
    }

    @Test
    void valuesAreFoundByTheirPaths() {
        JsonSchema schema = JsonSchema.of(
                JsonField.float32("price", "$.item.price"),
                JsonField.int64("id", "$.id"),
                JsonField.utf8("name", "$['item']['the.name']"),
                JsonField.bool("sold", "$.item.sold"),
                JsonField.int32("first", "$.list[0]"),
                JsonField.bytes("third", "$.list[2].a"));
        ColumnBatch batch = batch(
                schema,
                "{'other': [{'price': 9}, {}], 'item': {'price': 1.5, 'the.name': '\u00e4\\n', 'sold': true, 'z': {}},"
                        + " 'id': 7, 'list': [1, 'x', {'a': '\\u20ac', 'b': 1}, [[]]]}",
                " { 'list' :[2,null,{'a':''}],'id':-1,'item':{'sold':false,'the.name':'','price':1e-1}}\r");
        assertThat(batch.names()).containsExactly("price", "id", "name", "sold", "first", "third");
        assertThat(batch.column("price").asFloatBuffer().get(1)).isEqualTo(0.1f);
        assertThat(numbers(batch.column("id"))).containsExactly(7.0, -1.0);
        assertThat(strings(batch.column("name"))).containsExactly("\u00e4\n", "");
        assertThat(numbers(batch.column("sold"))).containsExactly(1.0, 0.0);
        assertThat(numbers(batch.column("first"))).containsExactly(1.0, 2.0);
        assertThat(strings(batch.column("third"))).containsExactly("\u20ac", "");
        assertThat(batch.column("name").dtype()).isEqualTo(DType.UTF8);
        assertThat(batch.column("third").dtype()).isEqualTo(DType.BYTES);
        assertThat(numbers(column(JsonField.float64("x", "$"), "1", " 2.5 "))).containsExactly(1.0, 2.5);
        ColumnBatch both = batch(JsonSchema.of(JsonField.int32("a", "$.x"), JsonField.float64("b", "$.x")), "{'x':3}");
        assertThat(both.column("a").asIntBuffer().get(0)).isEqualTo(3);
        assertThat(both.column("b").asDoubleBuffer().get(0)).isEqualTo(3.0);
    }

    @Test
    void linesBecomeBatches() {
        Flux<ColumnBatch> batches = Flux.just("\ufeff{\"a\":1}\r\n\r\n{\"a\":2}\n\n{\"a\":3}")
                .map(text -> ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)))
                .transform(TextLines.format(LineOption.SKIP_BLANK_LINES, LineOption.SKIP_BYTE_ORDER_MARK)
                        .decode())
                .collect(JsonSchema.of(JsonField.of("a", "$.a", DType.INT8)).batches(4))
                .flux();
        ColumnBatch batch = Objects.requireNonNull(batches.blockFirst());
        assertThat(batch.paddedRows()).isEqualTo(1);
        assertThat(numbers(batch.column("a"))).containsExactly(1.0, 2.0, 3.0, 0.0);
        assertThat(batch.resumeAt().nextRecord()).isEqualTo(3);
    }

    @Test
    void rowsThatDoNotParseAreLeftOutIfAPolicySaysSo() {
        List<ColumnBatch> batches = Objects.requireNonNull(Flux.just(
                        "{'a':1}", "{'a':", "{'a':'x'}", "{'a':2}", "{'a':300}", "{'a':3}")
                .map(JsonSchemaTest::record)
                .transform(PipeOperators.mapAndBatch(
                        BatchOptions.of(2, 0).onBadRow(SkipPolicy.skip(2, 3)),
                        JsonSchema.of(JsonField.of("a", "$.a", DType.UINT8)).batches()))
                .collectList()
                .block());
        assertThat(batches.stream().flatMap(batch -> numbers(batch.column("a")).stream()))
                .containsExactly(1.0, 2.0, 3.0);
    }

    @Test
    void listsAreRagged() {
        Column tags = column(JsonField.utf8("x", "$.tags[*]"), "{'tags':['a','bc']}", "{'tags':[]}", "{'tags':['']}");
        assertThat(strings(tags)).containsExactly("a", "bc", "");
        assertThat(splits(tags)).containsExactly(0, 2, 2, 3);
        Column prices = column(
                JsonField.float64("x", "$.items[*].p").withDefault(-1.0),
                "{'items':[{'p':1},{},{'q':1},{'p':null},null,{'p':2}]}",
                "{'items':null}",
                "{}");
        assertThat(numbers(prices)).containsExactly(1.0, -1.0, -1.0, -1.0, -1.0, 2.0);
        assertThat(splits(prices)).containsExactly(0, 6, 6, 6);
        StringBuilder many = new StringBuilder("[0");
        for (int i = 1; i < 1000; i++) {
            many.append(',').append(i);
        }
        assertThat(numbers(column(JsonField.int64("x", "$[*]"), many + "]", "[5]")))
                .hasSize(1001)
                .endsWith(999.0, 5.0);
        assertMismatch(JsonField.int64("x", "$.a[*]"), "{}", "expected a value");
        assertMismatch(JsonField.int64("x", "$.a[*]"), "{'a':[1,null]}", "element 1");
        assertMismatch(JsonField.int64("x", "$.a[*].b"), "{'a':[{'b':1},{}]}", "element 1");
        assertMismatch(JsonField.int64("x", "$.a[*]"), "{'a':1}", "an array");
        assertMismatch(JsonField.int64("x", "$.a[*]"), "{'a':[[1]]}", "an array");
    }

    @Test
    void arraysHaveTheFieldsShape() {
        Column points = column(JsonField.int32("x", "$.p", 2, 2), "{'p':[[1,2],[3,4]]}", "{'p':[[5,6],[7,8]]}");
        assertThat(points.shape()).containsExactly(2, 2, 2);
        assertThat(numbers(points)).containsExactly(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0);
        assertThat(strings(column(JsonField.utf8("x", "$", 2).withDefault("?"), "['a',null]", "null")))
                .containsExactly("a", "?", "?", "?");
        JsonField field = JsonField.int32("x", "$.p", 2);
        for (String wrong : List.of("[1]", "[1,2,3]", "[]", "[[1],[2]]", "1", "{}", "[1,'2']", "[1,null]")) {
            assertMismatch(field, "{'p':" + wrong + "}", "$.p");
        }
        assertMismatch(JsonField.int32("x", "$", 2, 1), "[1,2]", "an array of 1");
    }

    @Test
    void missingAndNullHaveTheDefaultOrAreRefused() {
        String[] lines = {"{}", "{'a':null}", "{'a':{}}", "{'a':{'b':null}}", "null"};
        assertThat(numbers(column(JsonField.int64("x", "$.a.b").withDefault(-7), lines)))
                .containsOnly(-7.0);
        assertThat(numbers(column(JsonField.float32("x", "$.a.b").withDefault(0.5), lines)))
                .containsOnly(0.5);
        assertThat(numbers(column(JsonField.bool("x", "$.a.b").withDefault(true), lines)))
                .containsOnly(1.0);
        assertThat(strings(column(JsonField.bytes("x", "$.a.b").withDefault("?"), lines)))
                .containsOnly("?");
        for (String line : lines) {
            assertMismatch(JsonField.int64("x", "$.a.b"), line, "field \"x\" ($.a.b): expected a value");
        }
        assertMismatch(JsonField.int64("x", "$.a.b").withDefault(1), "{'a':3}", "an object");
        assertMismatch(JsonField.int64("x", "$.a.b").withDefault(1), "[]", "an object");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "INT32; \"1\"", "INT32; true", "INT32; [1]", "INT32; {}", "INT32; 1.5", "INT32; NaN", "INT32; Infinity",
                "FLOAT32; \"1\"", "FLOAT64; true", "BOOL; 1", "BOOL; \"true\"", "UTF8; 1", "UTF8; ['a']", "BYTES; {}",
                "UTF8; true"
            })
    void otherKindsAreRefused(DType dtype, String value) {
        assertMismatch(JsonField.of("x", "$", dtype), value, "field \"x\" ($): expected ");
    }

    @ParameterizedTest
    @CsvSource({
        "INT8, 128",
        "INT8, -129",
        "UINT8, 256",
        "UINT8, -1",
        "INT16, 32768",
        "UINT16, 65536",
        "UINT32, 4294967296",
        "UINT32, -1",
        "INT32, 2147483648",
        "INT64, 9223372036854775808",
        "INT64, -9223372036854775809",
        "INT64, 1e19",
        "INT64, 1e999999999",
        "INT64, 1e-999999999",
        "INT64, 1e99999999999",
        "INT64, 9223372036854775808.0",
        "FLOAT32, 1e39",
        "FLOAT32, -3.5e38",
        "FLOAT64, 1e309",
        "FLOAT32, 1e99999999999"
    })
    void numbersOutOfRangeAreRefused(DType dtype, String value) {
        assertMismatch(JsonField.of("x", "$", dtype), value, "field \"x\" ($): expected ");
    }

    @Test
    void numbersAreExactOrNearest() {
        assertThat(numbers(column(JsonField.int64("x", "$"), "2.0", "1e3", "-0", "0e5", "-12.5e1")))
                .containsExactly(2.0, 1000.0, 0.0, 0.0, -125.0);
        assertThat(column(JsonField.int64("x", "$"), "-9223372036854775808", "9223372036854775807e0")
                        .asLongBuffer())
                .isEqualTo(LongBuffer.wrap(new long[] {Long.MIN_VALUE, Long.MAX_VALUE}));
        assertThat(column(JsonField.of("x", "$", DType.UINT32), "4294967295")
                        .asIntBuffer()
                        .get(0))
                .isEqualTo(-1);
        assertThat(numbers(column(JsonField.float32("x", "$"), "NaN", "-Infinity", "Infinity", "1e-400", "16777217")))
                .containsExactly(Double.NaN, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, 0.0, 16777216.0);
        for (String text :
                List.of("1.000000059604644775390626", "0.1", "9007199254740993", "123456789012345678901234")) {
            assertThat(column(JsonField.float32("x", "$"), text).asFloatBuffer().get(0))
                    .isEqualTo(Float.parseFloat(text));
            assertThat(column(JsonField.float64("x", "$"), text)
                            .asDoubleBuffer()
                            .get(0))
                    .isEqualTo(Double.parseDouble(text));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "{'a':1",
                "{'a':1}}",
                "{'a':1} 2",
                "{'b':[1,]}",
                "{'a' 1}",
                "nul",
                "01",
                "+1",
                ".5",
                "{'b':'a",
                "{'b':'\\x'}",
                "{'a':1,}",
                "{a:1}",
                "/**/1",
                "{'b':'\u0001'}",
                "1e",
                "{'b':'\\ud8'}"
            })
    void whatIsNotOneJsonValueIsCorrupt(String line) {
        JsonField field = JsonField.float64("x", "$.a").withDefault(1);
        assertThatThrownBy(() -> column(field, line))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageStartingWith("JSON: ")
                .hasMessageContaining("record 0");
    }

    /** Jackson's factories guess these encodings, if the bytes have zeros in the right places. */
    @ParameterizedTest
    @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"})
    void anotherEncodingThanUtf8IsCorrupt(String charset) {
        for (String text : List.of("1", "\ufeff1")) {
            RawRecord record = RawRecord.of(ByteBuffer.wrap(text.getBytes(Charset.forName(charset))));
            assertThatThrownBy(() -> JsonSchema.of(JsonField.int64("x", "$").withDefault(1))
                            .parse(List.of(record)))
                    .as(text)
                    .isInstanceOf(CorruptRecordException.class);
        }
    }

    @Test
    void aByteOrderMarkBeforeTheValueIsSkipped() {
        assertThat(numbers(column(JsonField.int64("x", "$.a"), "\ufeff{'a':7}")))
                .containsExactly(7.0);
        assertThatThrownBy(() -> column(JsonField.int64("x", "$.a"), "\ufeff{'a':x}"))
                .hasMessageContaining("at byte 8 of the record");
    }

    @Test
    void nestingAndNumbersAreBounded() {
        JsonField field = JsonField.int64("x", "$.a").withDefault(1);
        String deep = "[".repeat(100_000) + "]".repeat(100_000);
        assertThatThrownBy(() -> column(field, "{'b':" + deep + "}")).isInstanceOf(CorruptRecordException.class);
        assertThatThrownBy(() -> column(field, "{'a':" + "1".repeat(100_000) + "}"))
                .isInstanceOfAny(CorruptRecordException.class, SchemaMismatchException.class);
        assertThat(numbers(column(field, "{'b':" + "[".repeat(400) + "]".repeat(400) + "}")))
                .containsExactly(1.0);
    }

    @Test
    void aNameThatIsThereTwiceIsRefusedIfItIsNeeded() {
        JsonField field = JsonField.int64("x", "$.a.b");
        assertMismatch(field, "{'a':{'b':1,'b':1}}", "$.a.b: expected the name once");
        assertMismatch(field, "{'a':{'b':1},'a':{'b':1}}", "$.a: expected the name once");
        assertThat(numbers(column(field, "{'c':1,'c':2,'b':3,'a':{'b':1,'c':{'b':2}}}")))
                .containsExactly(1.0);
        assertThat(numbers(column(JsonField.int64("x", "$[*].b"), "[{'b':1},{'b':2}]")))
                .containsExactly(1.0, 2.0);
    }

    @Test
    void halfASurrogatePairIsRefused() {
        for (String half : List.of("'\\ud800'", "'\\udc00'", "'a\\ud800b'", "'\\ud800\\ud800'")) {
            assertThatThrownBy(() -> column(JsonField.utf8("x", "$"), half))
                    .isInstanceOfAny(SchemaMismatchException.class, CorruptRecordException.class);
        }
        assertThat(strings(column(JsonField.utf8("x", "$"), "'\\ud83d\\ude00'")))
                .containsExactly("\ud83d\ude00");
        byte[] latin = {'"', (byte) 0xe4, '"'};
        assertThatThrownBy(() ->
                        JsonSchema.of(JsonField.utf8("x", "$")).parse(List.of(RawRecord.of(ByteBuffer.wrap(latin)))))
                .isInstanceOf(CorruptRecordException.class);
        byte[] surrogate = {'"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"'};
        assertThatThrownBy(() -> JsonSchema.of(JsonField.utf8("x", "$"))
                        .parse(List.of(RawRecord.of(ByteBuffer.wrap(surrogate)))))
                .isInstanceOfAny(SchemaMismatchException.class, CorruptRecordException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                ".a",
                "$a",
                "$.",
                "$..a",
                "$[",
                "$[]",
                "$[a]",
                "$['a]",
                "$[-1]",
                "$[*",
                "$[*][*]",
                "$.a[*].b[*]",
                "$['a'",
                "$ .a[",
                "$[1.5]",
                "$[99999999999]",
                "$.a\\b",
                "$['a\\']",
                "$['a\\n']",
                "$['a\\\"']",
                "$[\"a\\'\"]",
                "$['a'b']",
                "$['a'x]",
                "$['"
            })
    void whatIsNotAPathIsRefused(String path) {
        assertThatIllegalArgumentException().isThrownBy(() -> JsonField.int64("x", path));
    }

    @Test
    void namesInQuotesHaveEscapes() {
        String line = "{'a\\u0027b':4,'c\\\\d':5,'e\\\"]f':6,'g\\u0027]h':{'i':7},'':8}";
        String[] paths = {
            "$['a\\'b']", "$['c\\\\d']", "$[\"e\\\"]f\"]", "$['g\\']h'].i", "$['']", "$[\"a'b\"]", "$['e\"]f']"
        };
        double[] values = {4, 5, 6, 7, 8, 4, 6};
        for (int i = 0; i < paths.length; i++) {
            assertThat(numbers(column(JsonField.int64("x", paths[i]).withDefault(0), line)))
                    .as(paths[i])
                    .containsExactly(values[i]);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JsonField.int64("x", "$['a\\tb']"))
                .withMessageContaining("\\\\ and \\' are the escapes");
    }

    @Test
    void shapesThatNoColumnHoldsAreRefused() {
        for (int[] shape : new int[][] {
            {1 << 20, 1 << 20}, {1 << 28}, {1 << 30, 1 << 30, 1 << 30}, {Integer.MAX_VALUE, Integer.MAX_VALUE, 4}
        }) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> JsonField.float64("a", "$.a", shape))
                    .withMessageContaining("\"a\"")
                    .withMessageContaining("2 GiB")
                    .withMessageContaining(Arrays.toString(shape));
        }
        assertThat(JsonField.float64("a", "$.a", (1 << 28) - 1)).hasToString("a FLOAT64[268435455] $.a");
    }

    @Test
    void pathsThatContradictEachOtherAreRefused() {
        String[][] wrong = {
            {"$", "$.a"},
            {"$.a", "$.a.b"},
            {"$.a[*]", "$.a[0]"},
            {"$.a[*]", "$.a.b"},
            {"$.a", "$.a[*]"},
            {"$.a[0]", "$.a.b"}
        };
        for (String[] paths : wrong) {
            assertThatIllegalArgumentException()
                    .as(String.join(" ", paths))
                    .isThrownBy(() -> JsonSchema.of(JsonField.int64("x", paths[0]), JsonField.int64("y", paths[1])));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JsonSchema.of(JsonField.int64("x", "$.a", 2), JsonField.int64("y", "$.a", 2)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JsonSchema.of(JsonField.int64("x", "$.a"), JsonField.int64("x", "$.b")));
        assertThatIllegalArgumentException().isThrownBy(JsonSchema::of);
        assertThatIllegalArgumentException().isThrownBy(() -> JsonField.int64("x", "$.a[*]", 2));
        assertThatIllegalArgumentException().isThrownBy(() -> JsonField.int64("x", "$.a", 0));
    }

    @ParameterizedTest
    @EnumSource
    void everyTypeIsReadOrRefusedAtAssembly(DType dtype) {
        if (dtype == DType.FLOAT16 || dtype == DType.BFLOAT16) {
            assertThatIllegalArgumentException().isThrownBy(() -> JsonField.of("x", "$", dtype));
            return;
        }
        String value = dtype.hasOffsets() ? "'1'" : dtype == DType.BOOL ? "true" : "1";
        Column column = column(JsonField.of("x", "$", dtype), value, value);
        assertThat(column.dtype()).isEqualTo(dtype);
        assertThat(column.rows()).isEqualTo(2);
        assertThat(column(JsonField.of("x", "$[*]", dtype), "[" + value + "]").isRagged())
                .isTrue();
    }

    @Test
    void defaultsMustFit() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JsonField.of("x", "$", DType.UINT8).withDefault(256));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JsonField.int64("x", "$").withDefault(1.5));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JsonField.float32("x", "$").withDefault(1e39));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JsonField.float32("x", "$").withDefault(16777217));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JsonField.bool("x", "$").withDefault(1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JsonField.utf8("x", "$").withDefault(new byte[] {-1}));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JsonField.utf8("x", "$").withDefault("\ud800"));
        assertThat(JsonField.float64("x", "$").withDefault(Long.MIN_VALUE).number())
                .isEqualTo(Long.MIN_VALUE);
    }
}
