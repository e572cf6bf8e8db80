package io.pipeflux.records.example;

import static io.pipeflux.records.example.TestExamples.ints;
import static io.pipeflux.records.example.TestExamples.list;
import static io.pipeflux.records.example.TestExamples.record;
import static io.pipeflux.records.example.TestExamples.strings;
import static io.pipeflux.records.example.WireReader.VARINT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

class SequenceSchemaTest {

    private static final Schema AUDIO = Schema.ofSequences(
            List.of(Feature.int64("labels"), Feature.ragged("tags", DType.BYTES)),
            List.of(
                    Feature.decodeRaw("audio", DType.UINT8, 2),
                    Feature.float32("loudness", 2),
                    Feature.bytes("word"),
                    Feature.paddedInt64("beat", -1)));

    // == values ==

    @Test
    void stepsBecomeRaggedOrPaddedRows() {
        RawRecord two = sequence(
                context -> context.message(1, ints("labels", 1)).message(1, strings("tags", "a", "b")),
                steps("audio", bytes(1, 2), bytes(3, 4)),
                steps("loudness", floatStep(1, 2), floatStep(3, 4)),
                steps("word", textStep("one"), textStep("")),
                steps("beat", intStep(7), intStep(8)));
        RawRecord none = sequence(
                context -> context.message(1, ints("labels", 2)), steps("audio"), steps("loudness"), steps("word"));
        RawRecord one = sequence(
                context -> context.message(1, ints("labels", 3)),
                steps("audio", bytes(5, 6)),
                steps("loudness", floatStep(5, 6)),
                steps("word", textStep("x")),
                steps("beat", intStep(9)));

        ColumnBatch batch = AUDIO.parse(List.of(two, none, one));

        assertThat(batch.names())
                .containsExactly("labels", "tags", "audio", "loudness", "word", "beat", "beat.lengths");
        assertThat(batch.column("labels").asLongBuffer().get(2)).isEqualTo(3);
        assertThat(TestValues.splits(batch.column("tags"))).containsExactly(0, 2, 2, 2);
        byte[] audio = new byte[6];
        batch.column("audio").copyTo(audio);
        assertThat(audio).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(TestValues.splits(batch.column("audio"))).containsExactly(0, 4, 4, 6);
        float[] loudness = new float[6];
        batch.column("loudness").copyTo(loudness);
        assertThat(loudness).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(TestValues.splits(batch.column("loudness"))).containsExactly(0, 4, 4, 6);
        assertThat(texts(batch.column("word"))).containsExactly("one", "", "x");
        assertThat(TestValues.splits(batch.column("word"))).containsExactly(0, 2, 2, 3);
        assertThat(batch.column("beat").shape()).containsExactly(3, 2);
        assertThat(TestValues.of(batch.column("beat"))).isEqualTo(List.of(7L, 8L, -1L, -1L, 9L, -1L));
    }

    @Test
    void theLastFeatureListOfANameCountsWhateverWasWrongWithThoseBefore() {
        RawRecord record = sequence(
                context -> {},
                steps("x", intStep(1, 2, 3), textStep("wrong"), list(2, out -> {})),
                steps("x", intStep(4), intStep(5)));

        Column column = Schema.ofSequences(List.of(), List.of(Feature.int64("x")))
                .parse(List.of(record, record))
                .column("x");

        assertThat(TestValues.of(column)).isEqualTo(List.of(4L, 5L, 4L, 5L));
        assertThat(TestValues.splits(column)).containsExactly(0, 2, 4);
    }

    @Test
    void contextAndStepsMayHaveFeaturesOfOneKeyButColumnsHaveNamesOfTheirOwn() {
        assertThatThrownBy(() -> Schema.ofSequences(List.of(Feature.int64("x")), List.of(Feature.int64("x"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("two columns have the name \"x\":"
                        + " a feature may have another name than its key, see Feature.from");
        ColumnBatch both = Schema.ofSequences(
                        List.of(Feature.int64("x_of_all").from("x")), List.of(Feature.paddedInt64("x", -1)))
                .parse(List.of(
                        sequence(context -> context.message(1, ints("x", 9)), steps("x", intStep(4), intStep(5)))));
        assertThat(TestValues.of(both.column("x_of_all"))).isEqualTo(List.of(9L));
        assertThat(TestValues.of(both.column("x"))).isEqualTo(List.of(4L, 5L));
        assertThatThrownBy(() -> Schema.ofSequences(List.of(), List.of()))
                .hasMessage("a schema has at least one feature");
    }

    @Test
    void aLastBatchIsPadded() {
        RawRecord record = sequence(context -> {}, steps("x", intStep(4)), steps("y", intStep(5)));

        ColumnBatch batch = List.of(record).stream()
                .collect(Schema.ofSequences(List.of(), List.of(Feature.int64("x"), Feature.paddedInt64("y", -1)))
                        .batches(2));

        assertThat(batch.paddedRows()).isEqualTo(1);
        assertThat(TestValues.splits(batch.column("x"))).containsExactly(0, 1, 1);
        assertThat(TestValues.of(batch.column("y"))).isEqualTo(List.of(5L, -1L));
    }

    // == records that do not fit ==

    @Test
    void aMissingFeatureListIsReportedByName() {
        assertMismatch(
                "Name: <unknown>, Feature list 'x' is required but could not be found.  Feature lists that"
                        + " could be found: [a, b]: specify a name that the records have, or, if records may lack"
                        + " the values, use a ragged or padded feature (",
                Feature.int64("x"),
                sequence(context -> context.message(1, ints("x", 1)), steps("b"), steps("a")));
    }

    @Test
    void aWrongStepIsReportedByItsNumber() {
        assertMismatch(
                "Name: <unknown>, Feature list: x, Index: 1.  Data types don't match. Data type: string but expected type:"
                        + " int64",
                Feature.int64("x"),
                sequence(context -> {}, steps("x", intStep(1), textStep("2"), textStep("3"))));
        assertMismatch(
                "Feature list: x, Index: 0.  Number of int64 values != expected.  Values size: 2 but output shape: []",
                Feature.int64("x"),
                sequence(context -> {}, steps("x", intStep(1, 2))));
        assertMismatch(
                "Feature list: x, Index: 1.  Data types don't match. Data type: none but expected type: int64:"
                        + " write values into each step, or leave the step out (",
                Feature.int64("x"),
                sequence(context -> {}, steps("x", intStep(1), feature -> {})));
        assertMismatch(
                "Feature list: x, Index: 0.  Number of int64 values != expected.  Values size: 4 but output shape: [2]",
                Feature.paddedInt64("x", 0, 2),
                sequence(context -> {}, steps("x", intStep(1, 2, 3, 4))));
        assertMismatch(
                "Feature list: x, Index: 1.  Input to DecodeRaw has length 3 but output shape: [2] of uint8 has 2",
                Feature.decodeRaw("x", DType.UINT8, 2),
                sequence(context -> {}, steps("x", bytes(1, 2), bytes(1, 2, 3))));
    }

    @Test
    void whatIsIllegalIsReportedWithTheRecordsType() {
        assertThatThrownBy(() -> AUDIO.parse(List.of(record(new byte[] {8}))))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageStartingWith("Can't parse serialized SequenceExample: a varint is cut off");
    }

    @Test
    void stepsThatBringNothingTakeNoMemory() {
        // 100,000 empty byte strings, then one of the right length: 8 GB if each of them were given its place.
        RawRecord record = sequence(
                context -> {},
                out -> out.string(1, "x").message(2, featureList -> {
                    for (int i = 0; i < 100_000; i++) {
                        featureList.message(1, bytes());
                    }
                    featureList.message(1, list(1, out2 -> out2.bytes(1, new byte[80_000])));
                }));

        assertMismatch(
                "Feature list: x, Index: 0.  Input to DecodeRaw has length 0 but output shape: [10000]",
                Feature.decodeRaw("x", DType.FLOAT64, 10_000),
                record);
    }

    @Test
    void featuresThatStepsCannotHaveAreRefusedAtAssembly() {
        assertThatThrownBy(() -> Schema.ofSequences(List.of(), List.of(Feature.raggedRaw("x", DType.INT64))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("feature x INT64[?]: raw steps of a feature list have a fixed length");
        assertThatThrownBy(() -> Schema.ofSequences(
                        List.of(), List.of(Feature.ragged("x", DType.INT64).withRowLengths("n"))))
                .hasMessage(
                        "feature x INT64[?, ?]: the lists of a feature list are its steps, so no other key divides its values");
        assertThatThrownBy(() -> Schema.ofSequences(List.of(), List.of(Feature.sparse("x", "i", "v", DType.INT64, 3))))
                .hasMessage("feature x INT64[sparse 3]: steps of a feature list are not sparse");
        assertThatThrownBy(() ->
                        Schema.ofSequences(List.of(), List.of(Feature.int64("x").withDefault(1))))
                .hasMessage("feature x INT64[]: a feature list has no default");
        assertThatThrownBy(() -> Schema.ofSequences(List.of(Feature.float64("x")), List.of()))
                .hasMessage("feature x FLOAT64[]: Invalid config dtype: double, which only SageMaker's records have");
    }

    @Test
    void stepsOfAnyLengthAreListsInARow() {
        Schema schema = Schema.ofSequences(
                List.of(),
                List.of(
                        Feature.ragged("x", DType.INT64),
                        Feature.ragged("t", DType.UTF8),
                        Feature.ragged("y", DType.INT64).from("x").castTo(DType.FLOAT32)));
        RawRecord full = sequence(
                context -> {},
                steps("x", intStep(1, 2), intStep(), intStep(3)),
                steps("t", textStep("a"), textStep("bc"), list(1, out -> {}), textStep("\u00e4")));

        ColumnBatch batch = Flux.just(full, sequence(context -> {}), full)
                .collect(schema.batches(4))
                .block();

        Column x = batch.column("x");
        assertThat(x).hasToString("x INT64[4, -1, -1]");
        assertThat(TestValues.of(x)).isEqualTo(List.of(1L, 2L, 3L, 1L, 2L, 3L));
        assertThat(TestValues.ints(x.rowSplits(0))).containsExactly(0, 3, 3, 6, 6);
        assertThat(TestValues.ints(x.rowSplits(1))).containsExactly(0, 2, 2, 3, 5, 5, 6);
        Column t = batch.column("t");
        assertThat(TestValues.ints(t.rowSplits(0))).containsExactly(0, 4, 4, 8, 8);
        assertThat(TestValues.ints(t.rowSplits(1))).containsExactly(0, 1, 2, 2, 3, 4, 5, 5, 6);
        assertThat(t.string(5)).isEqualTo("\u00e4");
        assertThat(batch.column("y").asFloatBuffer().get(5)).isEqualTo(3);
        assertThatThrownBy(x::rowSplits)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("column \"x INT64[4, -1, -1]\" is ragged in 2 levels: see rowSplits(int)");

        assertMismatch(
                "Feature list: x, Index: 1.  Data types don't match. Data type: string but expected type: int64",
                Feature.ragged("x", DType.INT64),
                sequence(context -> {}, steps("x", intStep(1), textStep("wrong"), intStep(2))));
    }

    @Test
    void manyStepsGrowTheirSplits() {
        int count = 1000;
        RawRecord record = record(WireWriter.message(out -> out.message(
                2,
                featureLists -> featureLists.message(
                        1,
                        entry -> entry.string(1, "x").message(2, list -> {
                            for (int i = 0; i < count; i++) {
                                list.message(
                                        1,
                                        intStep(IntStream.range(0, i % 3)
                                                .asLongStream()
                                                .toArray()));
                            }
                        })))));

        Column column = Schema.ofSequences(List.of(), List.of(Feature.ragged("x", DType.INT64)))
                .withAllocator(ColumnAllocator.poisoning())
                .parse(List.of(record, record))
                .column("x");

        assertThat(TestValues.ints(column.rowSplits(0))).containsExactly(0, count, 2 * count);
        assertThat(column.rowSplits(1).get(2 * count)).isEqualTo(column.size());
        assertThat(column.rowSplits(1).get(count)).isEqualTo(column.size() / 2);
    }

    // == helpers ==

    private static void assertMismatch(String message, Feature feature, RawRecord record) {
        assertThatThrownBy(() -> Schema.ofSequences(List.of(), List.of(feature)).parse(List.of(record)))
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessageContaining(message)
                .hasMessageContaining("(no stream, epoch 0");
    }

    @SafeVarargs
    private static RawRecord sequence(Consumer<WireWriter> context, Consumer<WireWriter>... lists) {
        return record(WireWriter.message(out -> out.message(2, featureLists -> {
                    for (Consumer<WireWriter> each : lists) {
                        featureLists.message(1, each);
                    }
                })
                .message(1, context)));
    }

    @SafeVarargs
    private static Consumer<WireWriter> steps(String name, Consumer<WireWriter>... steps) {
        return entry -> entry.string(1, name).message(2, featureList -> {
            for (Consumer<WireWriter> step : steps) {
                featureList.message(1, step);
            }
        });
    }

    private static Consumer<WireWriter> intStep(long... values) {
        return list(3, out -> {
            for (long value : values) {
                out.tag(1, VARINT).varint(value);
            }
        });
    }

    private static Consumer<WireWriter> floatStep(float... values) {
        return list(
                2,
                out -> out.message(1, packed -> {
                    for (float value : values) {
                        packed.fixed32(Float.floatToRawIntBits(value));
                    }
                }));
    }

    private static Consumer<WireWriter> textStep(String value) {
        return list(1, out -> out.string(1, value));
    }

    private static Consumer<WireWriter> bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return list(1, out -> out.bytes(1, bytes));
    }

    private static List<String> texts(Column column) {
        return IntStream.range(0, column.size())
                .mapToObj(i -> UTF_8.decode(column.bytes(i)).toString())
                .toList();
    }
}
