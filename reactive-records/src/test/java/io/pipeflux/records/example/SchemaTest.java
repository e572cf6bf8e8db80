package io.pipeflux.records.example;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.records.example.TestExamples.bytes;
import static io.pipeflux.records.example.TestExamples.doubles;
import static io.pipeflux.records.example.TestExamples.entry;
import static io.pipeflux.records.example.TestExamples.example;
import static io.pipeflux.records.example.TestExamples.feature;
import static io.pipeflux.records.example.TestExamples.floats;
import static io.pipeflux.records.example.TestExamples.ints;
import static io.pipeflux.records.example.TestExamples.list;
import static io.pipeflux.records.example.TestExamples.record;
import static io.pipeflux.records.example.TestExamples.rows;
import static io.pipeflux.records.example.TestExamples.strings;
import static io.pipeflux.records.example.WireReader.FIXED32;
import static io.pipeflux.records.example.WireReader.VARINT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.Position;
import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.tfrecord.TfRecords;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

class SchemaTest {

    private static final String ANOTHER_NAME = " a feature may have another name than its key, see Feature.from";

    private static final Feature INT = Feature.int64("age");
    private static final Schema AGE = Schema.of(INT);

    // == values ==

    @ParameterizedTest
    @ValueSource(strings = {"0a0e0a0c0a03616765" + "12051a030a010d", "0a0d0a0b0a03616765" + "12041a02080d"})
    void readsTheVectorsOfTensorFlowsOwnTest(String hex) {
        assertThat(longs(INT, HexFormat.of().parseHex(hex))).containsExactly(13);
    }

    @Test
    void rowsBecomeColumnsOfTheirTypesAndShapes() {
        Schema schema = Schema.of(
                Feature.float32("image", 2, 2),
                Feature.int64("label"),
                Feature.bytes("tags", 2),
                Feature.float32("w", 1));
        ColumnBatch batch = schema.parse(List.of(
                example(floats("image", 1, 2, 3, 4), ints("label", 7), strings("tags", "a", ""), floats("w", 0.5f)),
                example(
                        strings("tags", "bc", "déf"),
                        floats("w", 1.5f),
                        ints("label", -1),
                        floats("image", 5, 6, 7, 8))));

        assertThat(batch.rows()).isEqualTo(2);
        assertThat(batch.names()).containsExactly("image", "label", "tags", "w");
        assertThat(batch.column("image").shape()).containsExactly(2, 2, 2);
        assertThat(batch.column("label").shape()).containsExactly(2);
        assertThat(batch.column("tags").shape()).containsExactly(2, 2);
        assertThat(batch.column("w").shape()).containsExactly(2, 1);
        float[] image = new float[8];
        batch.column("image").copyTo(image);
        assertThat(image).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        long[] label = new long[2];
        batch.column("label").copyTo(label);
        assertThat(label).containsExactly(7, -1);
        assertThat(texts(batch.column("tags"))).containsExactly("a", "", "bc", "déf");
    }

    @ParameterizedTest
    @EnumSource(
            names = {"BYTES", "UTF8", "BOOL"},
            mode = EnumSource.Mode.EXCLUDE)
    void rawNumbersAreCopiedAsTheyStand(DType dtype) {
        byte[] first = HexFormat.of().parseHex("000102030405060708090a0b0c0d0eff".substring(0, 4 * dtype.bytes()));
        byte[] second = new byte[first.length];
        Arrays.fill(second, (byte) 0x7F);

        Column column = Schema.of(Feature.decodeRaw("data", dtype, 2, 1))
                .parse(List.of(example(bytes("data", first)), example(bytes("data", second))))
                .column("data");

        assertThat(column.dtype()).isEqualTo(dtype);
        assertThat(column.shape()).containsExactly(2, 2, 1);
        assertThat(column.values())
                .isEqualTo(ByteBuffer.allocate(2 * first.length)
                        .put(first)
                        .put(second)
                        .flip());
    }

    @Test
    void floatsKeepTheirBits() {
        int[] bits = {0x7fc00001, 0xff800001, 0x80000000, 1};
        byte[] message = feature("f", list(2, out -> {
            for (int each : bits) {
                out.tag(1, FIXED32).fixed32(each);
            }
        }));

        ByteBuffer values = Schema.of(Feature.float32("f", 4))
                .parse(rows(message))
                .column("f")
                .values();
        for (int each : bits) {
            assertThat(values.getInt()).isEqualTo(each);
        }
    }

    @Test
    void listsMayBePackedUnpackedAndInPieces() {
        byte[] message = feature(
                "age",
                list(
                        3,
                        out -> out.message(1, packed -> packed.varint(1).varint(-2))
                                .tag(1, VARINT)
                                .varint(3)
                                .message(1, packed -> {})
                                .message(
                                        1,
                                        packed -> packed.varint(Long.MIN_VALUE).varint(5, 10))));

        assertThat(longs(Feature.int64("age", 5), message)).containsExactly(1, -2, 3, Long.MIN_VALUE, 5);
    }

    @Test
    void theLastFeatureOfANameCountsWhateverWasWrongWithThoseBefore() {
        byte[] message = WireWriter.message(example -> example.message(1, features -> {
            features.raw(entry(
                    "age",
                    list(3, out -> out.message(1, p -> p.varint(1).varint(2).varint(3)))));
            features.raw(entry("age", list(1, out -> out.string(1, "no number"))));
            features.raw(entry("age", list(3, out -> out.message(1, p -> p.varint(42)))));
        }));

        assertThat(longs(INT, message)).containsExactly(42);
        assertThat(Examples.parse(record(message))
                        .getFeatures()
                        .getFeatureOrThrow("age")
                        .getInt64List()
                        .getValueList())
                .containsExactly(42L);
    }

    @Test
    void theLastKindOfAFeatureCountsAndListsOfOneKindAreJoined() {
        Consumer<WireWriter> one = list(3, out -> out.tag(1, VARINT).varint(1));
        Consumer<WireWriter> text = list(1, out -> out.string(1, "x"));
        Consumer<WireWriter> two = list(3, out -> out.tag(1, VARINT).varint(2));

        assertThat(longs(Feature.int64("age", 2), feature("age", one.andThen(two))))
                .containsExactly(1, 2);
        assertThat(longs(INT, feature("age", text.andThen(two)))).containsExactly(2);
        // protobuf-java gives 1 and 2 here; protobuf's specification, C++ and Python give 2
        assertThat(longs(INT, feature("age", one.andThen(text).andThen(two)))).containsExactly(2);
    }

    @Test
    void severalExamplesOneBehindTheOtherAreMerged() {
        byte[] message = WireWriter.message(out -> out.raw(feature(
                        "age", list(3, l -> l.tag(1, VARINT).varint(1))))
                .raw(feature("x", list(3, l -> l.tag(1, VARINT).varint(2))))
                .raw(feature("age", list(3, l -> l.tag(1, VARINT).varint(3)))));

        assertThat(longs(INT, message)).containsExactly(3);
        assertThat(longs(Feature.int64("x"), message)).containsExactly(2);
    }

    @Test
    void aFeatureWithoutKeyHasTheEmptyName() {
        byte[] message = WireWriter.message(example -> example.message(
                1,
                features -> features.message(
                        1,
                        entry -> entry.message(
                                2, list(3, out -> out.tag(1, VARINT).varint(9))))));

        assertThat(longs(Feature.int64(""), message)).containsExactly(9);
    }

    @Test
    void aShapeOfNoValuesTakesAnEmptyListOfTheRightKind() {
        assertThat(Schema.of(Feature.int64("age", 0))
                        .parse(rows(feature("age", list(3, out -> {}))))
                        .column("age")
                        .shape())
                .containsExactly(1, 0);
    }

    @Test
    void manyNamesAreFoundAndNotMistakenForOneAnother() {
        int count = 200;
        Feature[] features = new Feature[count];
        List<Consumer<WireWriter>> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            features[i] = Feature.int64("feature_" + i);
            entries.add(ints("feature_" + i, i));
            entries.add(ints("feature_" + i + "_", -1));
        }
        Collections.reverse(entries);

        ColumnBatch batch = Schema.of(features).parse(List.of(example(entries)));
        for (int i = 0; i < count; i++) {
            assertThat(batch.column("feature_" + i).asLongBuffer().get(0)).isEqualTo(i);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "é", "\u0800", "\ud7ff", "\ue000", "\uffff", "😀", "\udbff\udfff", "a特b徴c"})
    void anyNameIsFound(String name) {
        assertThat(longs(
                        Feature.int64(name),
                        example(ints(name, 3), ints(name + "?", 4)).toByteArray()))
                .containsExactly(3);
    }

    // == batches ==

    @Test
    void thePipelineOfEveryTutorial() {
        Schema schema = Schema.of(Feature.decodeRaw("data", DType.FLOAT64, 4), Feature.int64("labels"));
        Flux<ByteBuffer> file = Flux.range(0, 10)
                .map(i -> example(bytes("data", doubles(i, i, i, i)), ints("labels", i))
                        .bytes())
                .transform(TfRecords.encode());

        Flux<ColumnBatch> batches = file.transform(TfRecords.decode()).transform(mapAndBatch(4, 2, schema.batches()));

        List<ColumnBatch> all = batches.collectList().block();
        assertThat(all.stream().map(ColumnBatch::rows)).containsExactly(4, 4, 2);
        assertThat(all.get(1).column("labels").asLongBuffer().get(3)).isEqualTo(7);
        assertThat(all.get(2).column("data").asDoubleBuffer().get(7)).isEqualTo(9);
        long frame = 16
                + example(bytes("data", doubles(1, 1, 1, 1)), ints("labels", 1)).size();
        assertThat(all.get(1).resumeAt().position()).isEqualTo(new Position(0, Position.NO_OBJECT, 8 * frame, 8));
    }

    @Test
    void aParallelStreamCollectsTheSame() {
        List<RawRecord> records = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            records.add(example(ints("age", i)));
        }
        assertThat(records.parallelStream().collect(AGE.batches()).column("age").values())
                .isEqualTo(AGE.parse(records).column("age").values());
    }

    @Test
    void noRecordsMakeNoBatch() {
        assertThatThrownBy(() -> AGE.parse(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a batch has at least one record");
    }

    @Test
    void aColumnOfMoreThan2GiBIsRefusedBeforeItIsAllocated() {
        Schema schema = Schema.of(Feature.decodeRaw("data", DType.FLOAT64, 1 << 20));

        assertThatThrownBy(() -> schema.parse(Collections.nCopies(256, example())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("column \"data\" of 256 rows would take 2147483648 bytes, and 2147483584 is the maximum:"
                        + " use batches of at most 255 rows");
    }

    @Test
    void byteStringsOfMoreThan2GiBAreRefusedBeforeTheyAreCopied() {
        RawRecord record = example(bytes("image", new byte[16 << 20]));

        assertThatThrownBy(() -> Schema.of(Feature.bytes("image")).parse(Collections.nCopies(130, record)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("column \"image\" of 130 rows would take 2181038080 bytes")
                .hasMessageContaining("use batches of at most 127 rows");
    }

    // == the schema itself ==

    @Test
    void describesItself() {
        assertThat(Schema.of(Feature.decodeRaw("data", DType.FLOAT64, 1024), Feature.int64("labels")))
                .hasToString("Schema[data FLOAT64[1024], labels INT64[]]");
    }

    @Test
    void refusesWhatCannotBeAtAssembly() {
        assertThatThrownBy(Schema::of).hasMessage("a schema has at least one feature");
        assertThatThrownBy(() -> Schema.of(Feature.int64("a"), Feature.float32("b"), Feature.bytes("a")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("two columns have the name \"a\":" + ANOTHER_NAME);
        assertThatThrownBy(() -> Feature.int64("a", 2, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[2, -1]");
        assertThatThrownBy(() -> Feature.int64("a", 1 << 20, 1 << 10))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[1048576, 1024]");
        assertThatThrownBy(() -> Feature.decodeRaw("a", DType.BYTES))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("BYTES");
    }

    // == helpers ==

    private static long[] longs(Feature feature, byte[] message) {
        Column column = Schema.of(feature).parse(rows(message)).column(feature.name());
        long[] values = new long[column.size()];
        column.copyTo(values);
        return values;
    }

    private static List<String> texts(Column column) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < column.size(); i++) {
            texts.add(StandardCharsets.UTF_8.decode(column.bytes(i)).toString());
        }
        return texts;
    }
}
