package io.pipeflux.records.example;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.records.example.TestExamples.bytes;
import static io.pipeflux.records.example.TestExamples.example;
import static io.pipeflux.records.example.TestExamples.floats;
import static io.pipeflux.records.example.TestExamples.ints;
import static io.pipeflux.records.example.TestExamples.strings;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** Features other than those that every record has in one length: see {@link SchemaTest} for these. */
class FeatureKindsTest {

    private static final RawRecord NONE = example();

    // == defaults ==

    @Test
    void aMissingFeatureHasItsDefault() {
        Schema schema = Schema.of(
                Feature.float32("f", 2).withDefault(1.5, -1),
                Feature.int64("i").withDefault(7),
                Feature.bytes("b", 2).withDefault("x".getBytes(UTF_8), "".getBytes(UTF_8)),
                Feature.decodeRaw("r", DType.INT32, 2)
                        .order(ByteOrder.BIG_ENDIAN)
                        .withDefault(1, 2));
        RawRecord all = example(
                floats("f", 3, 4), ints("i", 5), strings("b", "", "yz"), bytes("r", new byte[] {0, 0, 0, 3, 0, 0, 0, 4
                }));

        ColumnBatch batch = schema.parse(List.of(NONE, all, NONE));

        assertThat(floatsOf(batch.column("f"))).containsExactly(1.5f, -1, 3, 4, 1.5f, -1);
        assertThat(longs(batch.column("i"))).containsExactly(7, 5, 7);
        assertThat(texts(batch.column("b"))).containsExactly("x", "", "", "yz", "x", "");
        int[] raw = new int[6];
        batch.column("r").copyTo(raw);
        assertThat(raw).containsExactly(1, 2, 3, 4, 1, 2);
    }

    @Test
    void aDefaultIsForMissingFeaturesNotForWrongOnes() {
        Schema schema = Schema.of(Feature.int64("i").withDefault(7));

        assertMismatch("Data type: float but expected type: int64", schema, example(floats("i", 1)));
        assertMismatch("Values size: 0 but output shape: []", schema, example(ints("i")));
        assertThat(longs(schema.parse(List.of(example(ints("i", 1), out -> out.string(1, "i"))))
                        .column("i")))
                .as("the last entry counts, and it is empty")
                .containsExactly(7);
    }

    @Test
    void aDefaultHasTheFeaturesShapeAndType() {
        assertThatThrownBy(() -> Feature.float32("x", 4).withDefault(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "feature \"x\": def_value.shape() == [1] is not compatible with dense_shapes == [4], which has"
                                + " 4 values");
        assertThatThrownBy(() -> Feature.int64("x").withDefault(0.5))
                .hasMessage("feature \"x\": expected a default of INT64, but got floating-point numbers");
        assertThatThrownBy(() -> Feature.bytes("x").withDefault(1))
                .hasMessage("feature \"x\": expected a default of BYTES, but got integers");
        assertThatThrownBy(() -> Feature.int64("x").withDefault(new byte[1]))
                .hasMessage("feature \"x\": expected a default of INT64, but got byte strings");
        assertThatThrownBy(() -> Feature.ragged("x", DType.INT64).withDefault(1))
                .hasMessage("feature \"x\": only a feature of fixed length has a default, not x INT64[?]");
    }

    @Test
    void aDefaultIsANumberThatTheColumnHas() {
        assertNoSuchDefault("300", () -> Feature.decodeRaw("x", DType.UINT8).withDefault(300));
        assertNoSuchDefault("-1", () -> Feature.decodeRaw("x", DType.UINT8, 2).withDefault(1, -1));
        assertNoSuchDefault("2147483648", () -> Feature.int32("x").withDefault(2147483648L));
        assertNoSuchDefault("16777217", () -> Feature.float32("x").withDefault(16777217L));
        assertNoSuchDefault("9007199254740993", () -> Feature.float64("x").withDefault(9007199254740993L));
        assertNoSuchDefault("9223372036854775807", () -> Feature.float64("x").withDefault(Long.MAX_VALUE));
        assertNoSuchDefault("1.0E300", () -> Feature.float32("x").withDefault(1e300));
        assertNoSuchDefault("-1.0E300", () -> Feature.float32("x").withDefault(-1e300));
        assertNoSuchDefault("1.0E-300", () -> Feature.float32("x").withDefault(1e-300));
    }

    private static void assertNoSuchDefault(String value, ThrowingCallable withDefault) {
        assertThatThrownBy(withDefault)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("feature \"x\"")
                .hasMessageEndingWith("but got " + value);
    }

    @Test
    void aDefaultIsRoundedAsAnyNumberIsAndTheEndsOfEachTypeAreLegal() {
        ColumnBatch batch = Schema.of(
                        Feature.float32("f", 4).withDefault(0.1, Double.POSITIVE_INFINITY, Double.NaN, Float.MAX_VALUE),
                        Feature.decodeRaw("u", DType.UINT8, 2).withDefault(0, 255),
                        Feature.decodeRaw("i", DType.INT32, 2).withDefault(Integer.MIN_VALUE, Integer.MAX_VALUE),
                        Feature.decodeRaw("d", DType.FLOAT64).withDefault(Long.MIN_VALUE))
                .parse(List.of(NONE));

        assertThat(floatsOf(batch.column("f")))
                .containsExactly(0.1f, Float.POSITIVE_INFINITY, Float.NaN, Float.MAX_VALUE);
        assertThat(batch.column("u").values().get(1)).isEqualTo((byte) 255);
        int[] ints = new int[2];
        batch.column("i").copyTo(ints);
        assertThat(ints).containsExactly(Integer.MIN_VALUE, Integer.MAX_VALUE);
        assertThat(batch.column("d").values().getDouble(0)).isEqualTo(-0x1p63);
    }

    // == ragged ==

    @Test
    void raggedRowsHaveTheLengthTheyHave() {
        Schema schema = Schema.of(
                Feature.ragged("f", DType.FLOAT32), Feature.ragged("i", DType.INT64), Feature.ragged("b", DType.BYTES));

        ColumnBatch batch = schema.parse(List.of(
                NONE,
                example(floats("f", 1, 2), ints("i", 1), strings("b", "one", "", "three")),
                example(floats("f"), ints("i", 2, 3, 4)),
                example(floats("f", 5), strings("b", "x"))));

        assertThat(batch.column("f").shape()).containsExactly(4, -1);
        assertThat(TestValues.splits(batch.column("f"))).containsExactly(0, 0, 2, 2, 3);
        assertThat(floatsOf(batch.column("f"))).containsExactly(1, 2, 5);
        assertThat(TestValues.splits(batch.column("i"))).containsExactly(0, 0, 1, 4, 4);
        assertThat(longs(batch.column("i"))).containsExactly(1, 2, 3, 4);
        assertThat(TestValues.splits(batch.column("b"))).containsExactly(0, 0, 3, 3, 4);
        assertThat(texts(batch.column("b"))).containsExactly("one", "", "three", "x");
    }

    @Test
    void aBatchMayHaveNoValuesAtAll() {
        Schema schema = Schema.of(
                Feature.ragged("i", DType.INT64),
                Feature.ragged("b", DType.BYTES),
                Feature.paddedFloat32("p", 1, 2),
                Feature.paddedBytes("q", new byte[2]),
                Feature.sparse("s", "s_index", "s_value", DType.BYTES, 9));

        ColumnBatch batch = schema.parse(List.of(NONE, NONE));

        assertThat(TestValues.splits(batch.column("b"))).containsExactly(0, 0, 0);
        assertThat(batch.column("p").shape()).containsExactly(2, 0, 2);
        assertThat(batch.column("q").shape()).containsExactly(2, 0);
        assertThat(TestValues.splits(batch.column("s.indices"))).containsExactly(0, 0, 0);
        assertThat(batch.names()).containsExactly("i", "b", "p", "p.lengths", "q", "q.lengths", "s.indices", "s");
    }

    // == keys and what padded features bring ==

    @Test
    void featuresMayShareAKey() {
        Schema schema = Schema.of(
                Feature.ragged("ragged", DType.INT64).from("x"),
                Feature.paddedInt64("x", -1),
                Feature.ragged("floats", DType.INT64).from("x").castTo(DType.FLOAT32),
                Feature.sparse("a", "index", "x", DType.INT64, 10),
                Feature.sparse("b", "index", "other", DType.BYTES, 10),
                Feature.int64("n"));
        List<RawRecord> records = List.of(
                example(ints("index", 7, 3), ints("x", 70, 30), strings("other", "g", "c"), ints("n", 1)),
                example(ints("index", 1), ints("x", 10), strings("other", "a"), ints("n", 2)));

        for (Schema each : List.of(schema, schema, schema.forgetful())) {
            ColumnBatch batch = each.parse(records);
            assertThat(TestValues.of(batch.column("ragged"))).isEqualTo(List.of(70L, 30L, 10L));
            assertThat(TestValues.of(batch.column("x"))).isEqualTo(List.of(70L, 30L, 10L, -1L));
            assertThat(floatsOf(batch.column("floats"))).containsExactly(70, 30, 10);
            assertThat(TestValues.of(batch.column("a"))).isEqualTo(List.of(30L, 70L, 10L));
            assertThat(TestValues.of(batch.column("b.indices"))).isEqualTo(List.of(3L, 7L, 1L));
            assertThat(texts(batch.column("b"))).containsExactly("c", "g", "a");
        }
        assertThatThrownBy(() -> schema.parse(List.of(example(floats("x", 1), ints("n", 1)))))
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessageContaining("Key: x, Index: 0.  Data types don't match");
    }

    @Test
    void sparseTensorsMayHaveSeveralDimensions() {
        Schema schema = Schema.of(
                Feature.sparse("m", List.of("row", "col"), "val", DType.FLOAT32, 10, 20),
                Feature.sparse("v", "col", "val", DType.FLOAT32, 20));
        List<RawRecord> records = List.of(
                example(ints("row", 7, 0, 7), ints("col", 19, 5, 3), floats("val", 1, 2, 3)),
                NONE,
                example(ints("row", 9), ints("col", 0), floats("val", 4)));

        for (Schema each : List.of(schema, schema, schema.forgetful())) {
            ColumnBatch batch = each.parse(records);
            assertThat(batch.names()).containsExactly("m.indices.0", "m.indices.1", "m", "v.indices", "v");
            assertThat(TestValues.of(batch.column("m.indices.0"))).isEqualTo(List.of(0L, 7L, 7L, 9L));
            assertThat(TestValues.of(batch.column("m.indices.1"))).isEqualTo(List.of(5L, 3L, 19L, 0L));
            assertThat(floatsOf(batch.column("m"))).containsExactly(2, 3, 1, 4);
            Column coordinates = batch.coordinates("m");
            assertThat(coordinates).hasToString("m.coordinates INT64[4, 3]");
            assertThat(TestValues.of(coordinates)).isEqualTo(List.of(0L, 0L, 5L, 0L, 7L, 3L, 0L, 7L, 19L, 2L, 9L, 0L));
            assertThat(TestValues.of(batch.coordinates("v"))).isEqualTo(List.of(0L, 3L, 0L, 5L, 0L, 19L, 2L, 0L));
            assertThatThrownBy(() -> batch.coordinates("val"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("there is no sparse feature \"val\", but there are the columns [m.ind");
        }
        assertThat(schema).hasToString("Schema[m FLOAT32[sparse 10, 20], v FLOAT32[sparse 20]]");
        assertThatThrownBy(() -> schema.parse(List.of(example(ints("row", 7), ints("col", 20), floats("val", 1)))))
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessageContaining("Key: col, Index: 0.  indices[0] = [0,20] is out of bounds");
        assertThatThrownBy(() -> schema.parse(List.of(example(ints("row", 7), ints("col", 1, 2), floats("val", 1)))))
                .hasMessageContaining("Key: col, Index: 0.  Number of indices != number of values of val: 2 != 1");
        assertThatThrownBy(() -> Feature.sparse("m", List.of("a", "b"), "v", DType.INT64, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("feature \"m\": expected a size for each index key, but got [a, b] and [1]");
    }

    @Test
    void rowSplitsUnderAKeyOfTheirOwnPartARowIntoLists() {
        Schema schema = Schema.of(
                Feature.ragged("x", DType.FLOAT32).withRowSplits("splits"),
                Feature.ragged("t", DType.BYTES).withRowLengths("lengths"),
                Feature.raggedRaw("r", DType.INT16).withRowLengths("lengths"));
        List<RawRecord> records = List.of(
                example(
                        floats("x", 1, 2, 3),
                        ints("splits", 0, 2, 2, 3),
                        strings("t", "a", "b"),
                        ints("lengths", 2, 0),
                        bytes("r", new byte[] {1, 0, 2, 0})),
                NONE,
                example(ints("splits", 0, 0), ints("lengths", 1), strings("t", "c"), bytes("r", new byte[2])));

        for (Schema each : List.of(schema, schema, schema.forgetful())) {
            ColumnBatch batch = each.parse(records);
            Column x = batch.column("x");
            assertThat(x).hasToString("x FLOAT32[3, -1, -1]");
            assertThat(floatsOf(x)).containsExactly(1, 2, 3);
            assertThat(TestValues.ints(x.rowSplits(0))).containsExactly(0, 3, 3, 4);
            assertThat(TestValues.ints(x.rowSplits(1))).containsExactly(0, 2, 2, 3, 3);
            assertThat(texts(batch.column("t"))).containsExactly("a", "b", "c");
            assertThat(TestValues.ints(batch.column("t").rowSplits(1))).containsExactly(0, 2, 2, 3);
            assertThat(floatsOf(batch.column("r"))).containsExactly(1, 2, 0);
            assertThat(TestValues.ints(batch.column("r").rowSplits(1))).containsExactly(0, 2, 2, 3);
        }
        assertThat(schema).hasToString("Schema[x FLOAT32[?, ?], t BYTES[?, ?], r INT16[?, ?]]");
        assertThatThrownBy(() ->
                        Feature.ragged("x", DType.INT64).withRowSplits("s").withRowLengths("l"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("feature \"x\": only a ragged feature of one level is parted, not x INT64[?, ?]");
    }

    @Test
    void rowSplitsThatDoNotFitTheirValuesAreRefused() {
        Feature splits = Feature.ragged("x", DType.INT64).withRowSplits("s");
        assertParted("Key: s, Index: 0.  Expected row splits of 2 values, but got those of 0", splits);
        assertParted(
                "Expected row splits of 2 values, but got those of 1: write ascending row splits from 0 to the"
                        + " number of values, or use withRowLengths for row lengths (",
                splits,
                0,
                1);
        assertParted("Expected row splits of 2 values, but got 3 as number 1", splits, 0, 3);
        assertParted("Expected row splits of 2 values, but got 1 as number 2", splits, 0, 2, 1);
        assertParted("Expected row splits that begin with 0, but got 1", splits, 1, 2);
        Feature lengths = Feature.ragged("x", DType.INT64).withRowLengths("s");
        assertParted(
                "Expected row lengths of 2 values, but got -1 as number 1: write row lengths whose sum is the number of"
                        + " values, or use withRowSplits for row splits (",
                lengths,
                1,
                -1,
                2);
        assertParted(
                "Expected row lengths of 2 values, but got 9223372036854775807 as number 1",
                lengths,
                1,
                Long.MAX_VALUE);
        assertThatThrownBy(() -> Schema.of(splits).parse(List.of(example(ints("x", 1), floats("s", 0)))))
                .hasMessageContaining(
                        "Data type: float but expected type: int64: specify the key of the row splits, or write"
                                + " int64 (");
    }

    private static void assertParted(String message, Feature feature, long... partition) {
        assertThatThrownBy(() -> Schema.of(feature).parse(List.of(example(ints("x", 1, 2), ints("s", partition)))))
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessageContaining(message);
    }

    @Test
    void paddedRowsShowTheirLengths() {
        Schema schema = Schema.of(
                Feature.paddedInt64("i", 0).withMask(),
                Feature.paddedFloat32("f", 0, 2),
                Feature.paddedBytes("b", new byte[0]));

        ColumnBatch batch = Flux.just(
                        example(ints("i", 5), floats("f", 1, 2, 3, 4), strings("b", "")),
                        example(ints("i", 5, 0)),
                        NONE)
                .collect(schema.batches(4))
                .block();

        assertThat(batch.names()).containsExactly("i", "i.lengths", "i.mask", "f", "f.lengths", "b", "b.lengths");
        assertThat(TestValues.of(batch.column("i"))).isEqualTo(List.of(5L, 0L, 5L, 0L, 0L, 0L, 0L, 0L));
        assertThat(TestValues.of(batch.column("i.lengths"))).isEqualTo(List.of(1L, 2L, 0L, 0L));
        assertThat(batch.column("i.mask")).asString().isEqualTo("i.mask BOOL[4, 2]");
        byte[] mask = new byte[8];
        batch.column("i.mask").copyTo(mask);
        assertThat(mask).containsExactly(1, 0, 1, 1, 0, 0, 0, 0);
        assertThat(TestValues.of(batch.column("f.lengths"))).isEqualTo(List.of(2L, 0L, 0L, 0L));
        assertThat(TestValues.of(batch.column("b.lengths"))).isEqualTo(List.of(1L, 0L, 0L, 0L));
    }

    @Test
    void raggedMemoryGrowsWithoutLosingValues() {
        List<RawRecord> records = IntStream.range(0, 300)
                .mapToObj(i ->
                        example(ints("i", IntStream.range(0, i).asLongStream().toArray()), strings("b", "s" + i, "")))
                .toList();

        ColumnBatch batch = Schema.of(Feature.ragged("i", DType.INT64), Feature.ragged("b", DType.BYTES))
                .parse(records);

        assertThat(batch.column("i").size()).isEqualTo(300 * 299 / 2);
        assertThat(batch.column("i").values().remaining()).isEqualTo(300 * 299 / 2 * 8);
        for (int row = 0; row < 300; row++) {
            int from = batch.column("i").rowSplits().get(row);
            for (int i = 0; i < row; i++) {
                assertThat(batch.column("i").asLongBuffer().get(from + i)).isEqualTo(i);
            }
            assertThat(batch.column("b").bytes(2 * row)).isEqualTo(UTF_8.encode("s" + row));
        }
    }

    @Test
    void raggedValuesAreOfTheirKind() {
        assertMismatch(
                "Name: <unknown>, Key: x, Index: 0.  Data types don't match. Data type: string but expected type: int64",
                Schema.of(Feature.ragged("x", DType.INT64)),
                example(strings("x", "1")));
        assertThatThrownBy(() -> Feature.ragged("x", DType.UINT8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Invalid config dtype: UINT8, which only decodeRaw and castTo have");
        assertThatThrownBy(() -> Schema.of(Feature.ragged("x", DType.FLOAT64)))
                .hasMessage("feature x FLOAT64[?]: Invalid config dtype: double, which only SageMaker's records have");
    }

    @Test
    void valuesOfAFeatureThatIsReplacedLeaveNothingBehind() {
        RawRecord twice = example(strings("b", "to", "be", "replaced"), strings("b", "last"));

        Column column = Schema.of(Feature.ragged("b", DType.BYTES))
                .parse(List.of(twice, twice))
                .column("b");

        assertThat(texts(column)).containsExactly("last", "last");
        assertThat(column.values().remaining()).isEqualTo(8);
    }

    // == padded ==

    @Test
    void rowsArePaddedToTheLongest() {
        Schema schema = Schema.of(
                Feature.paddedInt64("i", -1),
                Feature.paddedFloat32("f", 0.5f, 2),
                Feature.paddedBytes("b", "pad".getBytes(UTF_8)));

        ColumnBatch batch = schema.parse(List.of(
                example(ints("i", 1), floats("f", 1, 2, 3, 4), strings("b", "x")),
                NONE,
                example(ints("i", 2, 3, 4), floats("f", 5, 6), strings("b", "", "y"))));

        assertThat(batch.column("i").shape()).containsExactly(3, 3);
        assertThat(longs(batch.column("i"))).containsExactly(1, -1, -1, -1, -1, -1, 2, 3, 4);
        assertThat(batch.column("f").shape()).containsExactly(3, 2, 2);
        assertThat(floatsOf(batch.column("f"))).containsExactly(1, 2, 3, 4, 0.5f, 0.5f, 0.5f, 0.5f, 5, 6, 0.5f, 0.5f);
        assertThat(batch.column("b").shape()).containsExactly(3, 2);
        assertThat(texts(batch.column("b"))).containsExactly("x", "pad", "pad", "pad", "", "y");
    }

    @Test
    void stepsAreWhole() {
        assertMismatch(
                "Name: <unknown>, Key: f, Index: 0.  Number of float values is not a multiple of stride length. Saw 3 values"
                        + " but output shape is: [?,2]: specify a shape whose size divides the number of values (",
                Schema.of(Feature.paddedFloat32("f", 0, 2)),
                example(floats("f", 1, 2, 3)));
        assertThatThrownBy(() -> Feature.paddedFloat32("f", 0, 2, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("feature \"f\": expected steps of at least one value, but got [2, 0]");
    }

    // == sparse ==

    @Test
    void aSparseFeatureBecomesIndicesAndValues() {
        Schema schema = Schema.of(
                Feature.sparse("s", "ix", "val", DType.FLOAT32, 100),
                Feature.sparse("words", "word_ix", "word", DType.BYTES, 10));

        ColumnBatch batch = schema.parse(List.of(
                example(ints("ix", 20, 3, 99, 3), floats("val", 1, 2, 3, 4)),
                NONE,
                example(
                        floats("val", 5, 6),
                        ints("ix", 0, 1),
                        strings("word", "b", "a", "a2"),
                        ints("word_ix", 9, 0, 0))));

        assertThat(batch.names()).containsExactly("s.indices", "s", "words.indices", "words");
        assertThat(longs(batch.column("s.indices"))).containsExactly(3, 3, 20, 99, 0, 1);
        assertThat(floatsOf(batch.column("s"))).containsExactly(2, 4, 1, 3, 5, 6);
        assertThat(TestValues.splits(batch.column("s"))).containsExactly(0, 4, 4, 6);
        assertThat(batch.column("s").rowSplits())
                .isEqualTo(batch.column("s.indices").rowSplits());
        assertThat(longs(batch.column("words.indices"))).containsExactly(0, 0, 9);
        assertThat(texts(batch.column("words"))).containsExactly("a", "a2", "b");
    }

    @Test
    void indicesAreInRangeAndAsManyAsValues() {
        Schema schema = Schema.of(Feature.sparse("s", "ix", "val", DType.INT64, 100));

        assertMismatch(
                "Name: <unknown>, Key: ix, Index: 1.  indices[1] = [1,100] is out of bounds: need 0 <= index < [2,100]:"
                        + " specify a size greater than each index, and write indexes from 0 (",
                schema,
                NONE,
                example(ints("ix", 99, 100), ints("val", 1, 2)));
        assertMismatch("indices[0] = [0,-1] is out of bounds", schema, example(ints("ix", -1), ints("val", 1)));
        assertMismatch(
                "Key: ix, Index: 0.  Number of indices != number of values of val: 2 != 1: write one index for"
                        + " each value (",
                schema,
                example(ints("ix", 1, 2), ints("val", 1)));
        assertMismatch("number of values of val: 0 != 1", schema, example(ints("val", 1)));
        assertMismatch(
                "Key: val, Index: 0.  Data types don't match. Data type: float but expected type: int64",
                schema,
                example(ints("ix", 1), floats("val", 1)));
        assertMismatch(
                "Key: ix, Index: 0.  Data types don't match. Data type: float but expected type: int64",
                schema,
                example(floats("ix", 1), ints("val", 1)));
        assertThatThrownBy(() -> Feature.sparse("s", "ix", "val", DType.INT64, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("feature \"s\": expected size >= 1, but got 0");
        assertThatThrownBy(() -> Schema.of(Feature.sparse("s", DType.FLOAT32, 5)))
                .hasMessage("feature s FLOAT32[sparse 5]: a sparse feature has a key for its indexes and one for its"
                        + " values");
    }

    // == raw numbers ==

    @Test
    void bigEndianNumbersAreTurned() {
        byte[] bytes = HexFormat.of().parseHex("0102030405060708" + "ff02030405060708");
        for (DType dtype : DType.values()) {
            if (dtype.hasOffsets() || dtype == DType.BOOL) {
                continue;
            }
            Column column = Schema.of(
                            Feature.decodeRaw("r", dtype, 16 / dtype.bytes()).order(ByteOrder.BIG_ENDIAN))
                    .parse(List.of(example(bytes("r", bytes)), example(bytes("r", bytes))))
                    .column("r");

            ByteBuffer big = ByteBuffer.allocate(32).put(bytes).put(bytes).flip();
            ByteBuffer little = column.values();
            while (big.hasRemaining()) {
                switch (dtype.bytes()) {
                    case 2 -> assertThat(little.getShort()).isEqualTo(big.getShort());
                    case 4 -> assertThat(little.getInt()).isEqualTo(big.getInt());
                    case 8 -> assertThat(little.getLong()).isEqualTo(big.getLong());
                    default -> assertThat(little.get()).isEqualTo(big.get());
                }
            }
        }
        assertThatThrownBy(() -> Feature.int64("i").order(ByteOrder.BIG_ENDIAN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("feature \"i\": only decodeRaw has a byte order, not i INT64[]");
    }

    @Test
    void rawBoolsAreZeroOrOne() {
        Schema schema = Schema.of(Feature.decodeRaw("b", DType.BOOL, 2));

        Column column =
                schema.parse(List.of(example(bytes("b", new byte[] {1, 0})))).column("b");
        assertThat(column.values().get(0)).isEqualTo((byte) 1);

        assertThatThrownBy(() -> schema.parse(List.of(example(bytes("b", new byte[] {1, -1})))))
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessageContaining("Key: b, Index: 0.  Value 255 is out of the range of bool");
        assertThatThrownBy(() -> Feature.decodeRaw("t", DType.UTF8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("decodeRaw(\"t\"): expected a type of numbers, but got UTF8");
    }

    // == last batches ==

    @Test
    void aLastBatchIsPadded() {
        Schema schema = Schema.of(
                Feature.int64("i"),
                Feature.float32("f", 2).withDefault(8, 9),
                Feature.bytes("b"),
                Feature.ragged("r", DType.BYTES),
                Feature.paddedInt64("p", -1),
                Feature.sparse("s", "ix", "val", DType.INT64, 10));
        RawRecord record = example(
                ints("i", 1),
                floats("f", 1, 2),
                strings("b", "abc"),
                strings("r", "x", "y"),
                ints("p", 5, 6),
                ints("ix", 3),
                ints("val", 4));

        List<ColumnBatch> batches = Flux.fromIterable(Collections.nCopies(4, record))
                .transform(mapAndBatch(3, 2, schema.batches(3)))
                .collectList()
                .block();

        assertThat(batches).hasSize(2);
        assertThat(batches.get(0).paddedRows()).isZero();
        ColumnBatch last = batches.get(1);
        assertThat(last.rows()).isEqualTo(3);
        assertThat(last.paddedRows()).isEqualTo(2);
        assertThat(last.resumeAt()).isEqualTo(record.resumeAt());
        assertThat(longs(last.column("i"))).containsExactly(1, 0, 0);
        assertThat(floatsOf(last.column("f"))).containsExactly(1, 2, 8, 9, 8, 9);
        assertThat(texts(last.column("b"))).containsExactly("abc", "", "");
        assertThat(TestValues.splits(last.column("r"))).containsExactly(0, 2, 2, 2);
        assertThat(longs(last.column("p"))).containsExactly(5, 6, -1, -1, -1, -1);
        assertThat(TestValues.splits(last.column("s"))).containsExactly(0, 1, 1, 1);
    }

    @Test
    void moreRecordsThanThePaddedSizeAreRefused() {
        Schema schema = Schema.of(Feature.ragged("i", DType.INT64));

        assertThatThrownBy(() -> Collections.nCopies(3, NONE).stream().collect(schema.batches(2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected at most 2 records for a batch, but got 3");
        assertThatThrownBy(() -> schema.batches(0)).hasMessage("expected batch size >= 1, but got 0");
    }

    // == the schema itself ==

    @Test
    void describesItself() {
        assertThat(Schema.of(
                        Feature.ragged("r", DType.BYTES),
                        Feature.paddedInt64("p", 0),
                        Feature.paddedFloat32("q", 0, 2, 3),
                        Feature.sparse("s", "i", "v", DType.INT64, 10)))
                .hasToString("Schema[r BYTES[?], p INT64[?], q FLOAT32[?, 2, 3], s INT64[sparse 10]]");
    }

    @Test
    void namesOfColumnsAndKeysAreDifferent() {
        assertThatThrownBy(() -> Schema.of(Feature.sparse("a", "i", "v", DType.INT64, 1), Feature.int64("a")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("two columns have the name \"a\":"
                        + " a feature may have another name than its key, see Feature.from");
        assertThatThrownBy(() -> Schema.of(Feature.paddedInt64("a", 0), Feature.int64("a.lengths")))
                .hasMessageStartingWith("two columns have the name \"a.lengths\":");
        assertThatThrownBy(() -> Schema.of(Feature.paddedInt64("a", 0).withMask(), Feature.int64("a.mask")))
                .hasMessageStartingWith("two columns have the name \"a.mask\":");
        assertThatThrownBy(() -> Schema.of(Feature.sparse("a", "i", "v", DType.INT64, 1), Feature.int64("a.indices")))
                .hasMessageStartingWith("two columns have the name \"a.indices\":");
        assertThatThrownBy(() -> Feature.sparse("a", "i", "v", DType.INT64, 1).from("x"))
                .hasMessage("feature \"a\": a sparse feature has its keys already");
        assertThatThrownBy(() -> Feature.int64("a").withMask())
                .hasMessage("feature \"a\": only a padded feature has a mask, not a INT64[]");
    }

    // == helpers ==

    private static void assertMismatch(String message, Schema schema, RawRecord... records) {
        assertThatThrownBy(() -> schema.parse(List.of(records)))
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessageContaining(message)
                .hasMessageContaining("(no stream, epoch 0");
    }

    private static long[] longs(Column column) {
        long[] values = new long[column.size()];
        column.copyTo(values);
        return values;
    }

    private static float[] floatsOf(Column column) {
        float[] values = new float[column.size()];
        column.copyTo(values);
        return values;
    }

    private static List<String> texts(Column column) {
        return IntStream.range(0, column.size())
                .mapToObj(i -> UTF_8.decode(column.bytes(i)).toString())
                .toList();
    }
}
