package io.pipeflux.records.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Small and unsigned integers, bools, checked text and hexadecimal numbers. */
class CsvTypesTest {

    private static RawRecord record(String text) {
        return RawRecord.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static Column column(CsvField field, String... lines) {
        return CsvSchema.of(field)
                .parse(List.of(lines).stream().map(CsvTypesTest::record).toList())
                .column("x");
    }

    private static long[] longs(Column column) {
        long[] values = new long[column.size()];
        column.copyTo(values);
        return values;
    }

    private static void assertInvalid(CsvField field, String text) {
        assertThatThrownBy(() -> column(field, text))
                .as("%s: %s", field, text)
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessageStartingWith("expected ")
                .hasMessageContaining(" in column \"");
    }

    @ParameterizedTest
    @EnumSource(names = {"INT8", "UINT8", "INT16", "UINT16", "INT32", "UINT32", "INT64"})
    void integersOfEveryWidthMustFit(DType dtype) {
        CsvField field = CsvField.of("x", dtype);
        int bits = 8 * dtype.bytes();
        boolean signed = dtype.name().startsWith("I");
        BigInteger most = BigInteger.TWO.pow(signed ? bits - 1 : bits).subtract(BigInteger.ONE);
        BigInteger least = signed ? most.negate().subtract(BigInteger.ONE) : BigInteger.ZERO;
        Random random = new Random(bits);
        for (int i = 0; i < 2000; i++) {
            BigInteger value = switch (i) {
                case 0 -> most;
                case 1 -> least;
                case 2 -> most.add(BigInteger.ONE);
                case 3 -> least.subtract(BigInteger.ONE);
                default ->
                    new BigInteger(1 + random.nextInt(bits + 2), random)
                            .multiply(BigInteger.valueOf(random.nextBoolean() ? 1 : -1));
            };
            boolean fits = value.compareTo(least) >= 0 && value.compareTo(most) <= 0;
            String text = (random.nextBoolean() ? "" : "  ") + value + " ".repeat(random.nextInt(30));
            if (fits) {
                assertThat(BigInteger.valueOf(longs(column(field, text))[0])).isEqualTo(value);
            } else {
                assertInvalid(field, text);
            }
            if (value.bitLength() < 64) {
                long number = value.longValueExact();
                if (fits) {
                    assertThat(longs(column(field.withDefault(number), "\"\""))).containsExactly(number);
                } else {
                    assertThatIllegalArgumentException().isThrownBy(() -> field.withDefault(number));
                }
            }
        }
    }

    /** In the middle of a line, where numbers of up to eight digits are read at once. */
    @Test
    void smallIntegersAmongOthersMustFit() {
        CsvSchema schema =
                CsvSchema.of(CsvField.of("a", DType.INT8), CsvField.of("b", DType.UINT16), CsvField.bytes("c"));
        String rest = ",and some bytes more than eight times two";
        ColumnBatch batch = schema.parse(List.of(record("-128,65535" + rest), record("127,0" + rest)));
        assertThat(longs(batch.column("a"))).containsExactly(-128, 127);
        assertThat(longs(batch.column("b"))).containsExactly(65535, 0);
        for (String wrong : List.of("-129,1", "128,1", "1,65536", "1,-1")) {
            assertThatThrownBy(() -> schema.parse(List.of(record(wrong + rest))))
                    .isInstanceOf(SchemaMismatchException.class);
        }
    }

    @Test
    void boolsAreWordsOrDigits() {
        assertThat(longs(column(CsvField.bool("x"), "true", "False", " TRUE ", "fAlSe", "1", "0")))
                .containsExactly(1, 0, 1, 0, 1, 0);
        assertThat(longs(column(CsvField.bool("x").withDefault(true), "\"\"", "0")))
                .containsExactly(1, 0);
        for (String wrong : List.of("2", "t", "yes", "tru", "truee", "\u0014rue", "-1", " ", "01", "TRUE\u0000")) {
            assertInvalid(CsvField.bool("x"), wrong);
        }
        assertThatIllegalArgumentException().isThrownBy(() -> CsvField.bool("x").withDefault(1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CsvField.int32("x").withDefault(true));
    }

    @Test
    void textMustBeValid() {
        Column column = column(CsvField.utf8("x").withDefault("\u20ac"), "\u00e4", "\"\"", "\"a\"\"\"");
        assertThat(column.dtype()).isEqualTo(DType.UTF8);
        assertThat(StandardCharsets.UTF_8.decode(column.values()).toString()).isEqualTo("\u00e4\u20aca\"");
        RawRecord latin = RawRecord.of(ByteBuffer.wrap(new byte[] {'a', (byte) 0xe4}));
        assertThatThrownBy(() -> CsvSchema.of(CsvField.utf8("x")).parse(List.of(latin)))
                .isInstanceOf(SchemaMismatchException.class);
        assertThatIllegalArgumentException().isThrownBy(() -> CsvField.utf8("x").withDefault(new byte[] {(byte) 0xe4}));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT16", "BFLOAT16"})
    void halvesAreRefusedAtAssembly(DType dtype) {
        assertThatIllegalArgumentException().isThrownBy(() -> CsvField.of("x", dtype));
    }

    /** As TensorFlow 2.18 reads them. */
    @ParameterizedTest
    @CsvSource({
        "0x1A, 26",
        "0X1a, 26",
        "-0x10, -16",
        "+0x10, 16",
        "' 0x10 ', 16",
        "-0x0, -0.0",
        "0xFF, 255",
        "0x1000001, 16777217",
        "0x1000003, 16777219",
        "0x20000000000001, 9007199254740992",
        "0x20000000000003, 9007199254740996",
        "0xFFFFFFFFFFFFFFFFFF, 4.722366482869645E21",
        "0x11111111111111111111111111111, 5.538449982437149E33"
    })
    void hexadecimalNumbersAreFloatingPointNumbers(String text, double value) {
        assertThat(column(CsvField.float64("x"), text).asDoubleBuffer().get(0)).isEqualTo(value);
        float number = column(CsvField.float32("x"), text).asFloatBuffer().get(0);
        assertThat(number).isEqualTo((float) value);
        assertInvalid(CsvField.int64("x"), text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0x",
                "0x1p3",
                "0x1.8p1",
                "0x1.8",
                "0xg",
                "0x10g",
                "0x 1",
                "00x1",
                "0x-1",
                "-0x",
                "x1",
                "0x1_0",
                "0x111111111111111111111111111111",
                "--0x1",
                "0x0x1",
                "+-0x1"
            })
    void otherHexadecimalNumbersAreRefused(String text) {
        assertInvalid(CsvField.float32("x"), text);
        assertInvalid(CsvField.float64("x"), text);
    }
}
