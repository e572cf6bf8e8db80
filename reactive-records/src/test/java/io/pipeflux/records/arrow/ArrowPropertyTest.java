package io.pipeflux.records.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.test.Chunkings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Streams of random schemas and values, written by arrow-vector and read by us, and the other way round. */
class ArrowPropertyTest {

    private static final int CASES = Integer.getInteger("pipeflux.cases", 300);

    private final BufferAllocator allocator = new RootAllocator();

    @AfterEach
    void nothingIsLeft() {
        allocator.close();
    }

    @Test
    void whatArrowVectorWritesIsReadWithValuesInThePlaceOfNullsAndMasks() throws IOException {
        for (int seed = 0; seed < CASES; seed++) {
            Random random = new Random(seed);
            RandomFields fields = new RandomFields(random, allocator, random.nextInt(4) > 0);
            List<Field> schema = IntStream.range(0, 1 + random.nextInt(4))
                    .mapToObj(i -> fields.field("f" + i))
                    .toList();
            try (VectorSchemaRoot root = VectorSchemaRoot.of(
                    schema.stream().map(field -> field.createVector(allocator)).toArray(FieldVector[]::new))) {
                check("seed " + seed + ": ", random, fields, root);
            } catch (PipefluxException e) {
                throw new AssertionError("seed " + seed + ": " + schema, e);
            } finally {
                fields.close();
            }
        }
    }

    private void check(String as, Random random, RandomFields fields, VectorSchemaRoot root) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        List<List<List<Object>>> expected = new ArrayList<>();
        try (ArrowStreamWriter writer = new ArrowStreamWriter(root, fields.dictionaries(), bytes)) {
            writer.start();
            for (int batch = 0; batch < 2; batch++) {
                int rows = random.nextInt(70);
                List<List<Object>> columns = new ArrayList<>();
                root.getFieldVectors().forEach(vector -> columns.add(fields.fill(vector, rows)));
                root.setRowCount(rows);
                expected.add(columns);
                writer.writeBatch();
            }
            writer.end();
        }
        int chunk = 1 + random.nextInt(bytes.size());
        List<ColumnBatch> read = Chunkings.ofSize(bytes.toByteArray(), chunk)
                .bytes()
                .transform(ArrowStreams.format(ArrowNulls.filled().withMasks()).decode())
                .collectList()
                .block();

        boolean hasNulls = false;
        for (int batch = 0; batch < 2; batch++) {
            for (int i = 0; i < expected.get(batch).size(); i++) {
                Field field = root.getSchema().getFields().get(i);
                Column column = read.get(batch).column("f" + i);
                List<Object> values = expected.get(batch).get(i);
                assertThat(ColumnTrees.rows(column))
                        .as(as + field)
                        .isEqualTo(ColumnTrees.filled(values, column.dtype()));
                boolean masked = read.get(batch).names().contains("f" + i + ".mask");
                assertThat(masked).as(as + field).isEqualTo(isNullable(field));
                if (masked) {
                    assertThat(ColumnTrees.rows(read.get(batch).column("f" + i + ".mask")))
                            .as(as + field)
                            .isEqualTo(ColumnTrees.mask(values));
                }
                hasNulls |= ColumnTrees.hasNull(values);
            }
        }
        if (hasNulls) {
            assertThatThrownBy(() -> TestBatches.batches(bytes.toByteArray()))
                    .as(as)
                    .isInstanceOf(SchemaMismatchException.class)
                    .hasMessageContaining("has nulls");
        }
        // and what we write of it is read by us as the same
        byte[] again = TestBatches.stream(read.toArray(ColumnBatch[]::new));
        assertThat(TestBatches.batches(again)).as(as).isEqualTo(read);
    }

    /** Whether values may be null: in a ragged column null lists become empty ones. */
    private static boolean isNullable(Field field) {
        boolean ragged = RandomFields.isRagged(field);
        boolean lists = false;
        Field inner = field;
        while (!inner.getChildren().isEmpty()) {
            lists |= inner.isNullable();
            inner = inner.getChildren().get(0);
        }
        return inner.isNullable() || (lists && !ragged);
    }

    @Test
    void whatIsWrittenIsReadByArrowVector() throws IOException {
        for (int seed = 0; seed < CASES; seed++) {
            Random random = new Random(seed);
            int rows = random.nextInt(70);
            List<Column> columns = new ArrayList<>();
            for (int i = 1 + random.nextInt(5); i > 0; i--) {
                columns.add(column(random, "c" + i, rows));
            }
            ColumnBatch batch = ColumnBatch.of(columns, ResumePoint.START);
            byte[] bytes = TestBatches.stream(batch, batch);
            assertThat(TestBatches.batches(bytes)).as("seed " + seed).containsExactly(batch, batch);
            try (ArrowStreamReader reader = new ArrowStreamReader(new ByteArrayInputStream(bytes), allocator)) {
                for (int i = 0; i < 2; i++) {
                    assertThat(reader.loadNextBatch()).isTrue();
                    for (Column column : columns) {
                        FieldVector vector = reader.getVectorSchemaRoot().getVector(column.name());
                        assertThat(ArrowVectorTest.rows(vector))
                                .as("seed " + seed + ": " + column)
                                .isEqualTo(ArrowVectorTest.rows(column));
                    }
                }
                assertThat(reader.loadNextBatch()).isFalse();
            }
        }
    }

    private static Column column(Random random, String name, int rows) {
        DType dtype = DType.values()[random.nextInt(DType.values().length)];
        int[] shape = switch (random.nextInt(3)) {
            case 0 -> new int[] {rows};
            case 1 -> new int[] {rows, random.nextInt(4)};
            default -> new int[] {rows, 1 + random.nextInt(3), random.nextInt(4)};
        };
        boolean ragged = random.nextBoolean();
        int levels = 1 + random.nextInt(3);
        if (!dtype.hasOffsets()) {
            return ragged
                    ? TestBatches.raggedNumbers(random, name, dtype, rows, levels)
                    : TestBatches.numbers(random, name, dtype, shape);
        }
        Column strings =
                ragged ? TestBatches.raggedBytes(random, name, rows, levels) : TestBatches.bytes(random, name, shape);
        return dtype == DType.UTF8 ? strings.asUtf8() : strings;
    }
}
