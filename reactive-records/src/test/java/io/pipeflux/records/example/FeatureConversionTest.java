package io.pipeflux.records.example;

import static io.pipeflux.records.example.TestExamples.bytes;
import static io.pipeflux.records.example.TestExamples.example;
import static io.pipeflux.records.example.TestExamples.floats;
import static io.pipeflux.records.example.TestExamples.ints;
import static io.pipeflux.records.example.TestExamples.strings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class FeatureConversionTest {

    private static final RawRecord NONE = example();

    @Test
    void aByteOfAnImageBecomesAFloat() {
        Feature image = Feature.decodeRaw("image", DType.UINT8, 1, 3)
                .castTo(DType.FLOAT32)
                .scaledBy(1 / 255.0);

        Column column = column(image, example(bytes("image", new byte[] {0, 1, -1})), NONE_WITH_IMAGE);

        assertThat(column.shape()).containsExactly(2, 1, 3);
        assertThat(numbers(column)).containsExactly(0, 1 / 255f, 1, 0, 0, 0);
    }

    private static final RawRecord NONE_WITH_IMAGE = example(bytes("image", new byte[3]));

    @Test
    void anIntegerBeyondItsTypeIsRefusedByNameAndRecord() {
        Schema schema = Schema.of(Feature.int64("age", 2).castTo(DType.UINT8));

        assertThatThrownBy(() -> schema.parse(List.of(example(ints("age", 1, 255)), example(ints("age", 1, 256)))))
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessageStartingWith("Name: <unknown>, Key: age, Index: 1.  Value 256 is out of the range of uint8");
        assertThat(numbers(schema.parse(List.of(example(ints("age", 1, 300), ints("age", 3, 4))))
                        .column("age")))
                .as("the last feature of a name counts")
                .containsExactly(3, 4);
    }

    @Test
    void aMisfitOfAListThatDoesNotCountIsNoError() {
        RawRecord record = example(entry -> entry.string(1, "x")
                .message(
                        2,
                        feature -> feature.message(3, list -> list.message(1, packed -> packed.varint(300)))
                                .message(2, list -> list.message(1, packed -> {}))
                                .message(3, list -> list.message(1, packed -> packed.varint(7)))));

        assertThat(numbers(column(Feature.int64("x").castTo(DType.INT8), record)))
                .containsExactly(7);
    }

    @Test
    void textIsChecked() {
        byte[] half = {(byte) 0xC3};
        List<Feature> features = List.of(
                Feature.utf8("t"),
                Feature.ragged("t", DType.UTF8),
                Feature.paddedBytes("t", new byte[0]).castTo(DType.UTF8));
        for (Feature feature : features) {
            Column column = column(feature, example(strings("t", "\u00e4")), example(strings("t", "")));
            assertThat(column.dtype()).isEqualTo(DType.UTF8);
            assertThat(column.string(0)).isEqualTo("\u00e4");

            assertThatThrownBy(() -> column(feature, example(strings("t", "x")), example(bytes("t", half))))
                    .isInstanceOf(SchemaMismatchException.class)
                    .hasMessageContaining("Key: t, Index: 1.  Value 0 is not valid UTF-8");
            assertThat(column(feature, example(bytes("t", half), strings("t", "ok")))
                            .string(0))
                    .as("the last feature of a name counts")
                    .isEqualTo("ok");
        }
    }

    @Test
    void defaultsAreOfEveryType() {
        for (DType dtype : DType.values()) {
            if (dtype.hasOffsets()) {
                continue;
            }
            Feature raw = Feature.decodeRaw("x", dtype, 2).withDefault(1, 0);
            assertThat(numbers(column(raw, NONE))).as(dtype.name()).containsExactly(1, 0);
            if (Conversion.isFloating(dtype)) {
                Feature half = Feature.decodeRaw("x", dtype).withDefault(-0.5).scaledBy(3);
                assertThat(numbers(column(half, NONE)))
                        .as("a default is not scaled")
                        .containsExactly(-0.5);
            }
        }
        assertThat(column(Feature.utf8("t").withDefault("\u00e4"), NONE).string(0))
                .isEqualTo("\u00e4");
        assertThat(numbers(column(Feature.int64("x").withDefault(7).castTo(DType.FLOAT16), NONE)))
                .containsExactly(7);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Feature.int64("x").withDefault(300).castTo(DType.UINT8))
                .withMessageEndingWith("but got 300");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Feature.decodeRaw("x", DType.BOOL).withDefault(2));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Feature.decodeRaw("x", DType.FLOAT16).withDefault(65520.0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Feature.decodeRaw("x", DType.FLOAT16).withDefault(2049));
        assertThatIllegalArgumentException().isThrownBy(() -> Feature.utf8("x").withDefault(new byte[] {(byte) 0xFF}));
    }

    /** Through a double, which rounds first, they would become the other neighbour. */
    @Test
    void integersAreRoundedOnce() {
        for (long sign : new long[] {1, -1}) {
            long value = sign * ((1L << 62) + (1L << 38) + 1);
            byte[] raw = ByteBuffer.allocate(Long.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(value)
                    .array();
            for (Feature feature :
                    List.of(Feature.decodeRaw("x", DType.INT64, 1), Feature.raggedRaw("x", DType.INT64))) {
                assertThat(numbers(column(feature.castTo(DType.FLOAT32), example(bytes("x", raw)))))
                        .containsExactly((float) value);
            }
            assertThat(numbers(column(
                            Feature.int64("x").castTo(DType.BFLOAT16),
                            example(ints("x", sign * ((1L << 62) + (1L << 54) + 1))))))
                    .containsExactly(sign * (0x1p62 + 0x1p55));
            assertThat(numbers(column(
                            Feature.int64("x").castTo(DType.FLOAT32), example(ints("x", sign * Long.MAX_VALUE)))))
                    .containsExactly((float) (sign * Long.MAX_VALUE));
            assertThat(numbers(column(
                            Feature.int64("x").castTo(DType.BFLOAT16), example(ints("x", sign * Long.MAX_VALUE)))))
                    .containsExactly(sign * 0x1p63);
        }
    }

    @Test
    void rawNumbersOfAnyCountAreARow() {
        Feature ragged = Feature.raggedRaw("x", DType.INT16);
        Column column = column(
                ragged,
                example(bytes("x", new byte[] {1, 0, 2, 0})),
                NONE,
                example(strings("x")),
                example(bytes("x", new byte[] {-1, -1})));
        assertThat(numbers(column)).containsExactly(1, 2, -1);
        assertThat(TestValues.splits(column)).containsExactly(0, 2, 2, 2, 3);

        Column padded = column(
                Feature.paddedRaw("x", DType.UINT8, 2),
                example(bytes("x", new byte[] {1, 2, 3, 4})),
                NONE,
                example(bytes("x", new byte[] {5, 6})));
        assertThat(padded.shape()).containsExactly(3, 2, 2);
        assertThat(numbers(padded)).containsExactly(1, 2, 3, 4, 0, 0, 0, 0, 5, 6, 0, 0);

        assertThatThrownBy(() -> column(ragged, example(bytes("x", new byte[3]))))
                .hasMessageContaining("Input to DecodeRaw has length 3 that is not a multiple of 2, the size of int16");
        assertThatThrownBy(() -> column(Feature.paddedRaw("x", DType.INT8, 2), example(bytes("x", new byte[3]))))
                .hasMessageContaining(
                        "has length 3 but output shape: [2] of int8 has a multiple of 2: specify the shape of a step");
        assertThatThrownBy(() -> column(ragged, example(strings("x", "ab", "cd"))))
                .hasMessageContaining("Number of bytes values != expected.  Values size: 2");
        assertThatThrownBy(() -> column(ragged, example(floats("x", 1))))
                .hasMessageContaining("Data types don't match");
    }

    @Test
    void castsThatWouldLoseFractionsOrMeanNothingAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Feature.float32("x").castTo(DType.INT32))
                .withMessage("feature \"x\": FLOAT32 is not cast to INT32");
        assertThatIllegalArgumentException().isThrownBy(() -> Feature.int64("x").castTo(DType.UTF8));
        assertThatIllegalArgumentException().isThrownBy(() -> Feature.bytes("x").castTo(DType.INT8));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        Feature.int64("x").castTo(DType.FLOAT32).scaledBy(2).castTo(DType.INT32));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Feature.int64("x").scaledBy(2))
                .withMessage("feature \"x\": only a column of floating-point numbers is scaled, not x INT64[]:"
                        + " use castTo before");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Feature.float32("x").scaledBy(0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Feature.float32("x").scaledBy(Double.NaN));
    }

    @Test
    void sparseValuesAndStepsAreConverted() {
        Schema sparse =
                Schema.of(Feature.sparse("s", "ix", "val", DType.INT64, 10).castTo(DType.FLOAT16));
        Column values = sparse.parse(List.of(example(ints("ix", 7, 2), ints("val", 70, 20))))
                .column("s");
        assertThat(numbers(values)).containsExactly(20, 70);
    }

    private static Column column(Feature feature, RawRecord... records) {
        return Schema.of(feature).parse(List.of(records)).column(feature.name());
    }

    private static double[] numbers(Column column) {
        double[] numbers = new double[column.size()];
        column.copyTo(numbers);
        return numbers;
    }
}
