package io.pipeflux.records.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.text.TextLines;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

class CsvSchemaTest {

    private static final CsvSchema TWO =
            CsvSchema.of(CsvField.bytes("a"), CsvField.bytes("b").withDefault("?"));

    private static final String BARE = "expected no quote and no line break in a field without quotes, but got one";
    private static final String UNCLOSED = "expected a quote at the end of a field that begins with one, but got none";
    private static final String UNESCAPED =
            "expected a delimiter or a second quote after a quote in a field, but got something else";

    private static RawRecord record(String text) {
        return RawRecord.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static List<String> row(CsvSchema schema, String text) {
        ColumnBatch batch = schema.parse(List.of(record(text)));
        return batch.names().stream().map(name -> string(batch.column(name), 0)).toList();
    }

    private static String string(Column column, int i) {
        return StandardCharsets.UTF_8.decode(column.bytes(i)).toString();
    }

    @Test
    void fieldsAreCutAsDecodeCsvCutsThem() {
        assertThat(row(TWO, "x,y")).containsExactly("x", "y");
        assertThat(row(TWO, "x,")).containsExactly("x", "?");
        assertThat(row(TWO, "\"x\",\"y\"")).containsExactly("x", "y");
        assertThat(row(TWO, "\"x,\n\",y")).containsExactly("x,\n", "y");
        assertThat(row(TWO, "\"\"\"x\"\"\",\"\"")).containsExactly("\"x\"", "?");
        assertThat(row(TWO, "\"a\"\",\"\"b\",y")).containsExactly("a\",\"b", "y");
        assertThat(row(TWO, "\"x\",")).containsExactly("x", "?");
        assertThat(row(TWO, "\r\n\nx,\r\ny")).containsExactly("x", "y");
        assertThat(row(TWO, " x , y ")).containsExactly(" x ", " y ");
        assertThat(row(TWO, "\u00e9,\ud83d\ude00")).containsExactly("\u00e9", "\ud83d\ude00");
    }

    @Test
    void quotesInTheWrongPlaceAreRefused() {
        assertRefused(TWO, "x\"y,z", BARE);
        assertRefused(TWO, "x,y\r", BARE);
        assertRefused(TWO, "x,y\nz", BARE);
        assertRefused(TWO, "\"x,y", UNCLOSED);
        assertRefused(TWO, "\"", UNCLOSED);
        assertRefused(TWO, "x,\"y\"\"", UNCLOSED);
        assertRefused(TWO, "\"x\"y,z", UNESCAPED);
        assertRefused(TWO, "\"x\" ,z", UNESCAPED);
        assertRefused(TWO, "x,\"y\"\r", UNESCAPED);
    }

    private static void assertRefused(CsvSchema schema, String text, String message) {
        assertThatThrownBy(() -> schema.parse(List.of(record("x,y"), record(text))))
                .as(text)
                .isInstanceOf(CorruptRecordException.class)
                .hasMessage(message + " (no stream, epoch 0, byte 0, record 0) [PF-RECORD-06]");
    }

    @Test
    void anotherNumberOfFieldsIsRefused() {
        assertMismatch(TWO, "x", "expected 2 fields, but got 1");
        assertMismatch(TWO, "", "expected 2 fields, but got 0");
        assertMismatch(TWO, ",,", "expected 2 fields, but got 3");
        assertMismatch(TWO, "x,y,", "expected 2 fields, but got 3");
        assertMismatch(TWO, ",y,z", "expected 2 fields, but got 3");
    }

    @Test
    void requiredFieldsMustBeThere() {
        assertMismatch(TWO, ",y", "expected a value in column \"a\", which has no default, but got none");
        assertMismatch(TWO, "\"\",y", "expected a value in column \"a\", which has no default, but got none");
        assertMismatch(
                TWO.naValue("NA"), "\"NA\",y", "expected a value in column \"a\", which has no default, but got none");
    }

    private static void assertMismatch(CsvSchema schema, String text, String message) {
        assertThatThrownBy(() -> schema.parse(List.of(record("x,y"), record(text))))
                .as(text)
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessage(message + " (no stream, epoch 0, byte 0, record 0) [PF-SCHEMA-01]");
    }

    @Test
    void theNaValueIsAMissingOne() {
        assertThat(row(TWO.naValue("NA"), "x,NA")).containsExactly("x", "?");
        assertThat(row(TWO.naValue("NA"), "x,N")).containsExactly("x", "N");
        assertThat(row(TWO.naValue("NA"), "x,")).containsExactly("x", "?");
    }

    @Test
    void otherDelimitersAndNoQuotes() {
        assertThat(row(TWO.delimiter('\t'), "x,y\t\"a\tb\"")).containsExactly("x,y", "a\tb");
        assertThat(row(TWO.quotes(false), "\"x\"y,\"")).containsExactly("\"x\"y", "\"");
        assertRefused(TWO.quotes(false), "x,y\n", BARE);
        assertThatThrownBy(() -> TWO.delimiter('"')).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TWO.delimiter('\u20ac')).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void selectedFieldsAreReadAndNothingBehindThem() {
        CsvSchema some = TWO.select(1, 3);
        assertThat(row(some, "0,1,2,3,\"")).containsExactly("1", "3");
        assertThat(row(some, "\"0\",1,\"2,\"\"\",")).containsExactly("1", "?");
        assertThatThrownBy(() -> row(some, "0,1,2")).hasMessageContaining("expected 2 fields, but got 1");
        assertThatThrownBy(() -> TWO.select(1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TWO.select(3, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "0,0",
        "-0,0",
        "+7,7",
        "' 12 ',12",
        "-2147483648,-2147483648",
        "2147483647,2147483647",
        "00000000000000000000042,42"
    })
    void integersAreRead(String text, long value) {
        assertThat(integers(CsvField.int32("i"), text)).isEqualTo(value);
        assertThat(integers(CsvField.int64("i"), text)).isEqualTo(value);
    }

    private static long integers(CsvField field, String text) {
        Column column = CsvSchema.of(field).parse(List.of(record(text))).column("i");
        return field.toString().contains("32")
                ? column.asIntBuffer().get(0)
                : column.asLongBuffer().get(0);
    }

    @Test
    void integersThatDoNotFitAreRefused() {
        assertThat(integers(CsvField.int64("i"), "-9223372036854775808")).isEqualTo(Long.MIN_VALUE);
        assertThat(integers(CsvField.int64("i"), "9223372036854775807")).isEqualTo(Long.MAX_VALUE);
        assertInvalid(CsvField.int32("i"), "INT32", "2147483648", "-2147483649", "9999999999999999999999");
        assertInvalid(
                CsvField.int64("i"), "INT64", "9223372036854775808", "-9223372036854775809", "99999999999999999999");
        assertInvalid(CsvField.int64("i"), "INT64", "-", "+", " ", "1 2", "--1", "1.0", "0x1", "1e3", "NA");
    }

    private static void assertInvalid(CsvField field, String type, String... texts) {
        for (String text : texts) {
            assertThatThrownBy(() -> CsvSchema.of(field).parse(List.of(record(text))))
                    .isInstanceOf(SchemaMismatchException.class)
                    .hasMessage("expected " + type + " in column \"" + field.name() + "\", but got \"" + text
                            + "\" (no stream, epoch 0, byte 0, record 0) [PF-SCHEMA-01]");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-0",
                "-0.0",
                ".5",
                "5.",
                "+1.25",
                " 3 ",
                "1e3",
                "1E-400",
                "1e400",
                "-1e400",
                "16777217",
                "0.1",
                "9007199254740993",
                "1.00000005960464477",
                "1.000000059604644775390625",
                "123456789012345678901234567890",
                "3.4028236e38",
                "1.4e-45",
                "0.3",
                "8388609.5",
                "1234.5678"
            })
    void floatsAreReadAsTheJdkReadsThem(String text) {
        assertThat(Float.floatToRawIntBits(floats(text))).isEqualTo(Float.floatToRawIntBits(Float.parseFloat(text)));
        assertThat(doubles(text)).isEqualTo(Double.parseDouble(text));
    }

    private static float floats(String text) {
        return CsvSchema.of(CsvField.float32("f"))
                .parse(List.of(record(text)))
                .column("f")
                .asFloatBuffer()
                .get(0);
    }

    private static double doubles(String text) {
        return CsvSchema.of(CsvField.float64("f"))
                .parse(List.of(record(text)))
                .column("f")
                .asDoubleBuffer()
                .get(0);
    }

    @Test
    void namedFloatsAreReadAndOthersRefused() {
        assertThat(floats("inf")).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(doubles("-Infinity")).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(floats("NaN")).isNaN();
        assertInvalid(CsvField.float32("f"), "FLOAT32", ".", "-", "1.2.3", "1f", "1d", "0x1p3", "e5", "1e", "-+1", " ");
        assertInvalid(CsvField.float64("f"), "FLOAT64", "abc", "1,5".replace(',', ';'), "infinit", "1 2");
    }

    @Test
    void randomFloatsAreReadAsTheJdkReadsThem() {
        Random random = new Random(7);
        for (int i = 0; i < 200_000; i++) {
            String text = switch (i % 4) {
                case 0 -> Float.toString(Float.intBitsToFloat(random.nextInt()));
                case 1 -> random.nextInt(100_000_000) + "." + random.nextInt(1_000_000_000);
                case 2 -> Double.toString(random.nextGaussian());
                default -> Long.toString(random.nextLong() >> random.nextInt(64));
            };
            if (!text.contains("N") && !text.contains("I")) {
                assertThat(floats(text)).as(text).isEqualTo(Float.parseFloat(text));
                assertThat(doubles(text)).as(text).isEqualTo(Double.parseDouble(text));
            }
        }
    }

    @Test
    void defaultsStandForMissingValuesAndInPaddedRows() {
        CsvSchema schema = CsvSchema.of(
                CsvField.int32("i").withDefault(1L),
                CsvField.int64("l").withDefault(-2L),
                CsvField.float32("f").withDefault(0.5),
                CsvField.float64("d").withDefault(3L),
                CsvField.bytes("b").withDefault("x"),
                CsvField.int32("required"));
        ColumnBatch batch =
                Flux.just(record(",,,,,6")).collect(schema.batches(2)).block();
        assertThat(batch.paddedRows()).isEqualTo(1);
        assertThat(batch.column("i").asIntBuffer().get(1)).isEqualTo(1);
        assertThat(batch.column("l").asLongBuffer().get(0)).isEqualTo(-2);
        assertThat(batch.column("f").asFloatBuffer().get(0)).isEqualTo(0.5f);
        assertThat(batch.column("d").asDoubleBuffer().get(1)).isEqualTo(3);
        assertThat(string(batch.column("b"), 1)).isEqualTo("x");
        assertThat(batch.column("required").asIntBuffer().get(1)).isZero();
        assertThatThrownBy(() -> CsvField.int32("i").withDefault(1L << 40))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> CsvField.int64("i").withDefault(0.5)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void linesBecomeBatchesAndErrorsSayWhere() {
        byte[] text = "1,a\r\n2,b\nx,c".getBytes(StandardCharsets.UTF_8);
        CsvSchema schema = CsvSchema.of(CsvField.int64("id"), CsvField.bytes("name"));
        Flux<RawRecord> lines = Flux.just(ByteBuffer.wrap(text)).transform(TextLines.decode());
        ColumnBatch batch = lines.take(2).collect(schema.batches()).block();
        assertThat(batch.column("id").asLongBuffer().get(1)).isEqualTo(2);
        assertThat(string(batch.column("name"), 0)).isEqualTo("a");
        assertThat(batch.resumeAt().position().recordOrdinal()).isEqualTo(2);
        assertThatThrownBy(() -> lines.collect(schema.batches()).block())
                .hasMessage(
                        "expected INT64 in column \"id\", but got \"x\" (unnamed stream, epoch 0, byte 9, record 2) [PF-SCHEMA-01]");
    }

    @Test
    void schemasAreChecked() {
        assertThatThrownBy(CsvSchema::of).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> CsvSchema.of(CsvField.bytes("a"), CsvField.int32("a")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TWO.parse(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThat(TWO).hasToString("CsvSchema[a BYTES, b BYTES]");
    }

    /** Against TensorFlow's algorithm, translated line by line. */
    @Test
    void randomRecordsAreReadAsTensorFlowReadsThem() {
        String alphabet = ",,,\"\"\"a1\r\n";
        int refused = 0;
        for (int seed = 0; seed < 300_000; seed++) {
            Random random = new Random(seed);
            StringBuilder text = new StringBuilder();
            for (int left = random.nextInt(14); left > 0; left--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            boolean quotes = random.nextInt(4) != 0;
            int fields = 1 + random.nextInt(3);
            int[] columns = random.nextBoolean()
                    ? null
                    : IntStream.range(0, fields)
                            .map(i -> 2 * i + random.nextInt(2))
                            .toArray();
            CsvSchema schema = CsvSchema.of(IntStream.range(0, fields)
                            .mapToObj(i -> CsvField.bytes("f" + i).withDefault(""))
                            .toArray(CsvField[]::new))
                    .quotes(quotes);
            String what = "seed " + seed + ": " + text + " " + Arrays.toString(columns);
            List<String> expected = TensorFlowCsv.fields(text.toString(), quotes, columns);
            try {
                assertThat(row(columns == null ? schema : schema.select(columns), text.toString()))
                        .as(what)
                        .isEqualTo(expected);
            } catch (PipefluxException e) {
                refused++;
                String message = expected.get(0).startsWith("error: ")
                        ? expected.get(0).substring("error: ".length())
                        : "expected " + fields + (fields == 1 ? " field" : " fields") + ", but got "
                                + (expected.get(0).equals("none") ? 0 : expected.size());
                assertThat(e).as(what).hasMessageStartingWith(message);
            }
        }
        assertThat(refused).isBetween(100_000, 290_000);
    }

    /** Its bytes would be those of a question mark. */
    @Test
    void halfASurrogatePairIsNoText() {
        CsvField field = CsvField.bytes("x");

        assertThatIllegalArgumentException().isThrownBy(() -> field.withDefault("a\ud800"));
        assertThatIllegalArgumentException().isThrownBy(() -> CsvField.int64("\udc00"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CsvSchema.of(field).naValue("\ud800"));
    }
}
