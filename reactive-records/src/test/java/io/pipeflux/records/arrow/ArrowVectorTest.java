package io.pipeflux.records.arrow;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.test.Chunkings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.arrow.vector.util.Text;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Arrow's own Java library reads what we write, and what it writes is read by us or refused by name. */
class ArrowVectorTest {

    private static final ArrowType INT64 = new ArrowType.Int(64, true);
    private static final ArrowType FLOAT64 = new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);

    private final BufferAllocator allocator = new RootAllocator();

    @AfterEach
    void nothingIsLeft() {
        allocator.close();
    }

    // == written by us ==

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 64})
    void arrowVectorReadsEqualValues(int rows) throws IOException {
        List<ColumnBatch> batches = List.of(TestBatches.everyKind(rows, 1), TestBatches.everyKind(rows / 2, 2));
        byte[] bytes = TestBatches.stream(batches.toArray(ColumnBatch[]::new));
        try (ArrowStreamReader reader = new ArrowStreamReader(new ByteArrayInputStream(bytes), allocator)) {
            for (ColumnBatch batch : batches) {
                assertThat(reader.loadNextBatch()).isTrue();
                VectorSchemaRoot root = reader.getVectorSchemaRoot();
                assertThat(root.getRowCount()).isEqualTo(batch.rows());
                assertThat(root.getSchema().getFields().stream().map(Field::getName))
                        .containsExactlyElementsOf(batch.names());
                assertThat(root.getSchema().getFields()).noneMatch(Field::isNullable);
                for (String name : batch.names()) {
                    assertThat(rows(root.getVector(name))).as(name).isEqualTo(rows(batch.column(name)));
                }
            }
            assertThat(reader.loadNextBatch()).isFalse();
            assertThat(reader.bytesRead()).isEqualTo(bytes.length);
        }
    }

    @Test
    void arrowVectorReadsAStreamOfNoBatches() throws IOException {
        byte[] bytes = TestBatches.stream();
        try (ArrowStreamReader reader = new ArrowStreamReader(new ByteArrayInputStream(bytes), allocator)) {
            assertThat(reader.getVectorSchemaRoot().getSchema().getFields()).isEmpty();
            assertThat(reader.loadNextBatch()).isFalse();
        }
    }

    static List<Object> rows(FieldVector vector) {
        return IntStream.range(0, vector.getValueCount())
                .mapToObj(vector::getObject)
                .map(ArrowVectorTest::plain)
                .toList();
    }

    /** Byte strings as text of their bytes, UINT8 as bytes, lists as lists. */
    private static Object plain(Object value) {
        if (value instanceof List<?> list) {
            return list.stream().map(ArrowVectorTest::plain).toList();
        }
        if (value instanceof Text text) {
            return text.toString();
        }
        return value instanceof byte[] bytes ? new String(bytes, ISO_8859_1) : value;
    }

    static List<Object> rows(Column column) {
        if (column.isRagged()) {
            return ColumnTrees.ragged(column, 0, 0, column.rows(), i -> value(column, i));
        }
        int[] at = {0};
        return nested(column, 0, at);
    }

    private static List<Object> nested(Column column, int level, int[] at) {
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < column.shape()[level]; i++) {
            values.add(level == column.shape().length - 1 ? value(column, at[0]++) : nested(column, level + 1, at));
        }
        return values;
    }

    private static Object value(Column column, int i) {
        return switch (column.dtype()) {
            case FLOAT32 -> column.asFloatBuffer().get(i);
            case FLOAT64 -> column.asDoubleBuffer().get(i);
            case INT32 -> column.asIntBuffer().get(i);
            case INT64 -> column.asLongBuffer().get(i);
            case UINT8 -> column.values().get(i);
            case INT8 -> column.values().get(i);
            case INT16, FLOAT16 -> column.asShortBuffer().get(i);
            case UINT16, BFLOAT16 -> (char) column.asShortBuffer().get(i);
            case UINT32 -> column.asIntBuffer().get(i);
            case BOOL -> column.values().get(i) != 0;
            case UTF8 -> column.string(i);
            case BYTES -> ISO_8859_1.decode(column.bytes(i)).toString();
        };
    }

    // == written by arrow-vector ==

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 64})
    void whatArrowVectorWritesIsReadWithEqualValues(int rows) throws IOException {
        Schema schema = new Schema(List.of(
                field("f32", new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE)),
                field("f64", FLOAT64),
                field("i32", new ArrowType.Int(32, true)),
                field("i64", INT64),
                field("u8", new ArrowType.Int(8, false)),
                field("bytes", new ArrowType.Binary()),
                field("text", new ArrowType.Utf8()),
                field(
                        "matrix",
                        new ArrowType.FixedSizeList(2),
                        field("item", new ArrowType.FixedSizeList(3), field("item", INT64))),
                field("ragged", new ArrowType.List(), field("item", FLOAT64)),
                field("texts", new ArrowType.List(), field("item", new ArrowType.Utf8()))));
        byte[] bytes = written(schema, root -> fill(root, rows), null);

        List<List<Object>> expected = new ArrayList<>();
        try (VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator)) {
            fill(root, rows);
            root.getFieldVectors().forEach(vector -> expected.add(rows(vector)));
        }
        Chunkings.few(bytes).forEach(chunking -> {
            List<ColumnBatch> batches = TestBatches.decode(chunking.bytes());
            assertThat(batches).as(chunking.name()).hasSize(2);
            for (int i = 0; i < expected.size(); i++) {
                Column column = batches.get(1).column(batches.get(1).names().get(i));
                assertThat(rows(column).toString())
                        .as(column.name() + ", " + chunking)
                        .isEqualTo(expected.get(i).toString());
            }
        });
    }

    private static void fill(VectorSchemaRoot root, int rows) {
        root.allocateNew();
        for (int i = 0; i < rows; i++) {
            ((Float4Vector) root.getVector("f32")).setSafe(i, i / 3f);
            ((Float8Vector) root.getVector("f64")).setSafe(i, i / 7d);
            ((IntVector) root.getVector("i32")).setSafe(i, -i);
            ((BigIntVector) root.getVector("i64")).setSafe(i, (long) i << 40);
            ((UInt1Vector) root.getVector("u8")).setSafe(i, i);
            ((VarBinaryVector) root.getVector("bytes")).setSafe(i, new byte[i % 4]);
            ((VarCharVector) root.getVector("text"))
                    .setSafe(i, "x".repeat(i % 5).getBytes(UTF_8));
            FixedSizeListVector matrix = (FixedSizeListVector) root.getVector("matrix");
            matrix.setNotNull(i);
            FixedSizeListVector inner = (FixedSizeListVector) matrix.getDataVector();
            for (int j = 2 * i; j < 2 * i + 2; j++) {
                inner.setNotNull(j);
                for (int k = 3 * j; k < 3 * j + 3; k++) {
                    ((BigIntVector) inner.getDataVector()).setSafe(k, k);
                }
            }
            ListVector ragged = (ListVector) root.getVector("ragged");
            int at = ragged.startNewValue(i);
            for (int j = 0; j < i % 3; j++) {
                ((Float8Vector) ragged.getDataVector()).setSafe(at + j, j);
            }
            ragged.endValue(i, i % 3);
            ListVector texts = (ListVector) root.getVector("texts");
            int first = texts.startNewValue(i);
            for (int j = 0; j < i % 4; j++) {
                ((VarCharVector) texts.getDataVector()).setSafe(first + j, ("t" + j).getBytes(UTF_8));
            }
            texts.endValue(i, i % 4);
        }
        root.setRowCount(rows);
    }

    @ParameterizedTest
    @MethodSource("typesWithoutColumns")
    void aTypeForWhichThereIsNoColumnIsRefusedWithItsFieldsName(Field field, String feature) throws IOException {
        byte[] bytes = written(new Schema(List.of(field("fine", INT64), field)), root -> root.setRowCount(0), null);

        assertThatThrownBy(() -> TestBatches.batches(bytes))
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessage("Arrow stream: field \"odd\" has " + feature
                        + " (unnamed stream, epoch 0, byte 0, record 0) [PF-SCHEMA-03]");
    }

    static Stream<Arguments> typesWithoutColumns() {
        return Stream.of(
                refused(odd(new ArrowType.Null()), "the type Null", "leave it out, or cast it to another type"),
                refused(odd(new ArrowType.Decimal(10, 2, 128)), "the type Decimal", "cast it to float64 or int64"),
                refused(
                        odd(new ArrowType.Interval(IntervalUnit.DAY_TIME)),
                        "the type Interval",
                        "cast it to a duration"),
                refused(
                        odd(new ArrowType.Struct(), field("x", INT64)),
                        "the type Struct_",
                        "write its children as fields of their own"),
                refused(
                        odd(new ArrowType.Union(UnionMode.Sparse, new int[] {0}), field("x", INT64)),
                        "the type Union",
                        "leave it out, or cast it to another type"),
                refused(odd(new ArrowType.ListView(), field("x", INT64)), "the type ListView", "cast it to a list"),
                refused(
                        odd(new ArrowType.List(), field("x", new ArrowType.Struct(), field("y", INT64))),
                        "the type Struct_",
                        "write its children as fields of their own"));
    }

    private static Arguments refused(Field field, String feature, String cure) {
        return Arguments.of(field, feature + ", which columns cannot have: " + cure);
    }

    @Test
    void aNullableFieldIsReadIfItHasNoNullsAndRefusedIfItHas() throws IOException {
        Schema schema = new Schema(List.of(Field.nullable("maybe", INT64)));
        byte[] without = written(schema, root -> fillMaybe(root, false), null);
        byte[] with = written(schema, root -> fillMaybe(root, true), null);

        assertThat(TestBatches.batches(without)
                        .get(0)
                        .column("maybe")
                        .asLongBuffer()
                        .get(1))
                .isEqualTo(7);
        assertThatThrownBy(() -> TestBatches.batches(with))
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessageStartingWith("Arrow stream: field \"maybe\" has nulls (1), which columns cannot have");
    }

    private static void fillMaybe(VectorSchemaRoot root, boolean isNull) {
        root.allocateNew();
        BigIntVector vector = (BigIntVector) root.getVector("maybe");
        vector.setSafe(0, 6);
        vector.setSafe(1, 7);
        if (isNull) {
            vector.setNull(1);
        }
        root.setRowCount(2);
    }

    @Test
    void anExtensionTypeIsReadAsWhatItIsStoredAs() throws IOException {
        Field tensor = new Field(
                "tensor",
                new FieldType(
                        false,
                        new ArrowType.FixedSizeList(4),
                        null,
                        Map.of(
                                "ARROW:extension:name",
                                "arrow.fixed_shape_tensor",
                                "ARROW:extension:metadata",
                                "{\"shape\":[2,2]}")),
                List.of(field("item", FLOAT64)));
        byte[] bytes = written(new Schema(List.of(tensor)), root -> root.setRowCount(0), null);

        assertThat(TestBatches.batches(bytes).get(0).column("tensor").shape()).containsExactly(0, 4);
    }

    private static Field odd(ArrowType type, Field... children) {
        return field("odd", type, children);
    }

    private static Field field(String name, ArrowType type, Field... children) {
        return new Field(name, FieldType.notNullable(type), List.of(children));
    }

    /** A stream of two batches, the same twice. */
    private byte[] written(Schema schema, Consumer<VectorSchemaRoot> fill, DictionaryProvider dictionaries)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator);
                ArrowStreamWriter writer = new ArrowStreamWriter(root, dictionaries, bytes)) {
            fill.accept(root);
            writer.start();
            writer.writeBatch();
            writer.writeBatch();
            writer.end();
        }
        return bytes.toByteArray();
    }
}
