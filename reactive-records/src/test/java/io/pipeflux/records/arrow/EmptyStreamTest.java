package io.pipeflux.records.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.csv.CsvField;
import io.pipeflux.records.csv.CsvSchema;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.json.JsonField;
import io.pipeflux.records.json.JsonSchema;
import io.pipeflux.records.rows.Field;
import io.pipeflux.records.rows.RowGroups;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;

/** A stream of no batches, as a reader sees it. */
class EmptyStreamTest {

    @ParameterizedTest
    @MethodSource("schemas")
    void hasTheFieldsOfTheSchema(Collector<?, ?, ColumnBatch> schema, String fields) throws IOException {
        byte[] bytes = TestBatches.join(Flux.<ColumnBatch>empty().transform(ArrowStreams.encode(schema)));

        assertThat(TestBatches.batches(bytes)).isEmpty();
        try (BufferAllocator allocator = new RootAllocator();
                ArrowStreamReader reader = new ArrowStreamReader(new ByteArrayInputStream(bytes), allocator)) {
            assertThat(reader.getVectorSchemaRoot().getSchema().getFields().toString())
                    .isEqualTo(fields);
            assertThat(reader.loadNextBatch()).isFalse();
        }
    }

    static Stream<Arguments> schemas() {
        return Stream.of(
                Arguments.of(
                        Schema.of(
                                        Feature.float32("f", 2),
                                        Feature.ragged("r", DType.INT64),
                                        Feature.paddedInt64("p", 0),
                                        Feature.decodeRaw("raw", DType.UINT8, 2, 3),
                                        Feature.sparse("s", "i", "v", DType.FLOAT32, 9))
                                .batches(),
                        "[f: FixedSizeList(2)<item: FloatingPoint(SINGLE) not null> not null,"
                                + " r: List<item: Int(64, true) not null> not null,"
                                + " p: FixedSizeList(0)<item: Int(64, true) not null> not null,"
                                + " p.lengths: Int(64, true) not null,"
                                + " raw: FixedSizeList(2)<item: FixedSizeList(3)<item: Int(8, false) not null> not null>"
                                + " not null, s.indices: List<item: Int(64, true) not null> not null,"
                                + " s: List<item: FloatingPoint(SINGLE) not null> not null]"),
                Arguments.of(Schema.of(Feature.bytes("b")).batches(4), "[b: Binary not null]"),
                Arguments.of(
                        Schema.ofSequences(List.of(Feature.int64("id")), List.of(Feature.float32("steps", 2)))
                                .batches(),
                        "[id: Int(64, true) not null, steps: List<item: FloatingPoint(SINGLE) not null> not null]"),
                Arguments.of(
                        Schema.ofTensors(List.of(Feature.float32("x", 3)), List.of(Feature.float32("y")))
                                .batches(),
                        "[x: FixedSizeList(3)<item: FloatingPoint(SINGLE) not null> not null,"
                                + " label_y: FloatingPoint(SINGLE) not null]"),
                Arguments.of(
                        CsvSchema.of(CsvField.int64("id"), CsvField.utf8("kind"))
                                .batches(),
                        "[id: Int(64, true) not null, kind: Utf8 not null]"),
                Arguments.of(
                        JsonSchema.of(JsonField.float32("x", "$.x", 2), JsonField.bool("b", "$.b"))
                                .batches(),
                        "[x: FixedSizeList(2)<item: FloatingPoint(SINGLE) not null> not null, b: Bool not null]"),
                Arguments.of(
                        RowGroups.of(Field.bytes("image"), Field.int64("class")).batches(),
                        "[image: Binary not null, class: Int(64, true) not null]"));
    }

    @Test
    void aCollectorThatIsNoSchemasIsRefused() {
        Collector<ColumnBatch, ?, ColumnBatch> other =
                Collectors.collectingAndThen(Collectors.toList(), list -> list.get(0));
        assertThatThrownBy(() -> ArrowStreams.encode(other))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("expected the collector of a schema");
    }
}
