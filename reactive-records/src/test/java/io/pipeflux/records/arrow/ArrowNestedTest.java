package io.pipeflux.records.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.impl.UnionListWriter;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** Lists of lists, and what a schema says beside its fields. */
class ArrowNestedTest {

    private static final ArrowType INT64 = new ArrowType.Int(64, true);

    private final BufferAllocator allocator = new RootAllocator();

    @AfterEach
    void nothingIsLeft() {
        allocator.close();
    }

    @Test
    void aListOfListsIsReadInTwoLevels() throws IOException {
        Schema schema = new Schema(List.of(list("steps", list("item", value()))));
        byte[] bytes = written(schema, root -> {
            UnionListWriter rows = ((ListVector) root.getVector("steps")).getWriter();
            long[][][] values = {{{1, 2}, {}}, {}, {{3}}};
            for (int row = 0; row < values.length; row++) {
                rows.setPosition(row);
                rows.startList();
                for (long[] step : values[row]) {
                    rows.list().startList();
                    for (long value : step) {
                        rows.list().bigInt().writeBigInt(value);
                    }
                    rows.list().endList();
                }
                rows.endList();
            }
            root.setRowCount(values.length);
        });

        Column steps = TestBatches.batches(bytes).get(0).column("steps");
        assertThat(steps.shape()).containsExactly(3, -1, -1);
        assertThat(ints(steps, 0)).containsExactly(0, 2, 2, 3);
        assertThat(ints(steps, 1)).containsExactly(0, 2, 2, 3);
        long[] values = new long[3];
        steps.copyTo(values);
        assertThat(values).containsExactly(1, 2, 3);
    }

    /** As boxes in images come: a number of lists of four. */
    @Test
    void aListOfListsOfOneLengthIsReadInTwoLevels() throws IOException {
        Schema schema = new Schema(List.of(list("boxes", fixed("item", 2, value()))));
        byte[] bytes = written(schema, root -> {
            fixedLists(((ListVector) root.getVector("boxes")).getDataVector(), 3);
            ends((ListVector) root.getVector("boxes"), 2, 2, 3);
            root.setRowCount(3);
        });

        Column boxes = TestBatches.batches(bytes).get(0).column("boxes");
        assertThat(boxes.shape()).containsExactly(3, -1, -1);
        assertThat(ints(boxes, 0)).containsExactly(0, 2, 2, 3);
        assertThat(ints(boxes, 1)).containsExactly(0, 2, 4, 6);
    }

    @Test
    void aNullListInAListIsRefusedUnlessNullsAreFilledAndThenIsEmpty() throws IOException {
        Field inner = new Field("item", FieldType.nullable(new ArrowType.FixedSizeList(2)), List.of(value()));
        byte[] bytes = written(new Schema(List.of(list("boxes", inner))), root -> {
            ListVector boxes = (ListVector) root.getVector("boxes");
            fixedLists(boxes.getDataVector(), 3);
            ((FixedSizeListVector) boxes.getDataVector()).setNull(1);
            ends(boxes, 2, 2, 3);
            root.setRowCount(3);
        });

        assertThatThrownBy(() -> TestBatches.batches(bytes))
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessageContaining("field \"boxes\" has nulls (1)");
        Column boxes = Flux.just(ByteBuffer.wrap(bytes))
                .transform(ArrowStreams.format(ArrowNulls.filled()).decode())
                .blockLast()
                .column("boxes");
        assertThat(ints(boxes, 0)).containsExactly(0, 2, 2, 3);
        assertThat(ints(boxes, 1)).containsExactly(0, 2, 2, 4);
        long[] values = new long[4];
        boxes.copyTo(values);
        assertThat(values).containsExactly(0, 1, 4, 5);
    }

    /** A message of few bytes may ask for any number of lists that have no bytes. */
    @Test
    void listsOfNothingInAListAreBoundedByTheMaximumLength() throws IOException {
        Schema schema = new Schema(List.of(list("nothing", fixed("item", 0, value()))));
        byte[] bytes = written(schema, root -> {
            ListVector nothing = (ListVector) root.getVector("nothing");
            fixedLists(nothing.getDataVector(), 100_000);
            ends(nothing, 100_000);
            root.setRowCount(1);
        });

        assertThat(TestBatches.batches(bytes)
                        .get(0)
                        .column("nothing")
                        .rowSplits(1)
                        .limit())
                .isEqualTo(100_001);
        assertThatThrownBy(() -> Flux.just(ByteBuffer.wrap(bytes))
                        .transform(ArrowStreams.format().maxRecordBytes(100_000).decode())
                        .blockLast())
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageContaining("400004");
    }

    @Test
    void theMetadataOfASchemaIsKept() throws IOException {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("pandas", "{\"index_columns\": []}");
        metadata.put("who", "\u00e9\ud83d\ude00");
        metadata.put("", "");
        byte[] bytes = written(new Schema(List.of(value()), metadata), root -> root.setRowCount(0));

        List<ColumnBatch> batches = TestBatches.batches(bytes);
        assertThat(batches).extracting(ColumnBatch::metadata).containsOnly(metadata);
        byte[] again = TestBatches.stream(batches.toArray(ColumnBatch[]::new));
        assertThat(TestBatches.batches(again)).isEqualTo(batches);
        try (ArrowStreamReader reader = new ArrowStreamReader(new ByteArrayInputStream(again), allocator)) {
            assertThat(reader.getVectorSchemaRoot().getSchema().getCustomMetadata())
                    .isEqualTo(metadata);
        }
    }

    @Test
    void everyStreamHasItsOwnMetadataAndAStreamThatOfItsFirstBatch() {
        ColumnBatch plain = TestBatches.dense(2, 1, 1);
        ColumnBatch first = plain.withMetadata(Map.of("of", "one"));
        ColumnBatch second = plain.withMetadata(Map.of("of", "two"));

        assertThat(first).isNotEqualTo(plain).isNotEqualTo(second);
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(TestBatches.stream(first));
        both.writeBytes(TestBatches.stream(plain));
        assertThat(TestBatches.batches(both.toByteArray())).containsExactly(first, plain);
        assertThat(TestBatches.batches(TestBatches.stream(first, second))).containsExactly(first, first);
    }

    @Test
    void metadataIsReadOnlyAndOfWholeCharacters() {
        ColumnBatch batch = TestBatches.dense(2, 1, 1).withMetadata(Map.of("k", "v"));

        assertThatThrownBy(() -> batch.metadata().put("k", "w")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> batch.withMetadata(Map.of("k", "\ud83d")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> batch.withMetadata(Map.of("k\ud83d", "\ude00v")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static Field value() {
        return new Field("value", FieldType.notNullable(INT64), List.of());
    }

    private static Field list(String name, Field item) {
        return new Field(name, FieldType.notNullable(new ArrowType.List()), List.of(item));
    }

    private static Field fixed(String name, int size, Field item) {
        return new Field(name, FieldType.notNullable(new ArrowType.FixedSizeList(size)), List.of(item));
    }

    /** Lists of the numbers 0, 1, 2 ... */
    private static void fixedLists(FieldVector vector, int count) {
        FixedSizeListVector lists = (FixedSizeListVector) vector;
        int values = count * lists.getListSize();
        lists.setInitialCapacity(count);
        lists.allocateNew();
        for (int i = 0; i < count; i++) {
            lists.setNotNull(i);
        }
        for (int i = 0; i < values; i++) {
            ((BigIntVector) lists.getDataVector()).setSafe(i, i);
        }
        lists.setValueCount(count);
    }

    private static void ends(ListVector vector, int... ends) {
        int begin = 0;
        for (int i = 0; i < ends.length; i++) {
            vector.startNewValue(i);
            vector.endValue(i, ends[i] - begin);
            begin = ends[i];
        }
        vector.setLastSet(ends.length - 1);
        vector.setValueCount(ends.length);
    }

    private static int[] ints(Column column, int level) {
        int[] splits = new int[column.rowSplits(level).limit()];
        column.rowSplits(level).get(splits);
        return splits;
    }

    private byte[] written(Schema schema, Consumer<VectorSchemaRoot> fill) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator);
                ArrowStreamWriter writer = new ArrowStreamWriter(root, null, bytes)) {
            fill.accept(root);
            writer.start();
            writer.writeBatch();
            writer.end();
        }
        return bytes.toByteArray();
    }
}
