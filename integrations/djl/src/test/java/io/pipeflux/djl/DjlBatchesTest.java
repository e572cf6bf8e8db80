package io.pipeflux.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.util.passthrough.PassthroughNDManager;
import io.pipeflux.core.Position;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What needs no engine: DJL's manager that keeps the buffers it is given. */
class DjlBatchesTest {

    private static final ResumePoint RESUME = new ResumePoint(new Position(0, Position.NO_OBJECT, 0, 0), 0);

    /** The types that DJL has. Its PyTorch engine aborts the process when it is asked for another. */
    private static final Map<DType, DataType> TYPES = Map.of(
            DType.FLOAT16, DataType.FLOAT16,
            DType.FLOAT32, DataType.FLOAT32,
            DType.FLOAT64, DataType.FLOAT64,
            DType.INT8, DataType.INT8,
            DType.UINT8, DataType.UINT8,
            DType.INT32, DataType.INT32,
            DType.INT64, DataType.INT64,
            DType.BOOL, DataType.BOOLEAN);

    private final NDManager manager = PassthroughNDManager.INSTANCE;

    static ColumnBatch batch(Column... columns) {
        return ColumnBatch.of(List.of(columns), RESUME);
    }

    static ByteBuffer ints(int... values) {
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(values.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        IntStream.of(values).forEach(bytes::putInt);
        return bytes.flip();
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"BYTES", "UTF8"})
    void aTypeHasItsEqualInDjlOrIsRefusedByName(DType dtype) {
        ColumnBatch batch =
                batch(Column.of("x", dtype, new int[] {2, 3}, ByteBuffer.allocateDirect(6 * dtype.bytes())));
        if (TYPES.containsKey(dtype)) {
            NDArray array = DjlBatches.arrays(batch, manager, List.of("x")).singletonOrThrow();
            assertThat(array.getDataType()).isEqualTo(TYPES.get(dtype));
            assertThat(array.getShape()).isEqualTo(new Shape(2, 3));
        } else {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> DjlBatches.arrays(batch, manager, List.of("x")))
                    .withMessageContaining("x " + dtype);
        }
    }

    @Test
    void aRaggedColumnIsItsValuesAndRowSplits() {
        ColumnBatch batch = batch(Column.ragged("ids", DType.INT32, ints(0, 2, 2, 3), ints(7, 8, 9)));
        NDList arrays = DjlBatches.arrays(batch, manager, List.of("ids"));
        assertThat(arrays).extracting(NDArray::getName).containsExactly("ids", "ids/row_splits");
        assertThat(arrays.get(0).getShape()).isEqualTo(new Shape(3));
        assertThat(arrays.get("ids/row_splits").getDataType()).isEqualTo(DataType.INT32);
        assertThat(arrays.get("ids/row_splits").toByteBuffer()).isEqualTo(ints(0, 2, 2, 3));
    }

    @Test
    void eachLevelOfARaggedColumnHasItsRowSplits() {
        ColumnBatch batch =
                batch(Column.ragged("steps", DType.INT32, List.of(ints(0, 2, 3), ints(0, 2, 2, 3)), ints(7, 8, 9)));
        NDList arrays = DjlBatches.arrays(batch, manager, List.of("steps"));
        assertThat(arrays)
                .extracting(NDArray::getName)
                .containsExactly("steps", "steps/row_splits", "steps/row_splits_1");
        assertThat(arrays.get("steps").toByteBuffer()).isEqualTo(ints(7, 8, 9));
        assertThat(arrays.get("steps/row_splits").toByteBuffer()).isEqualTo(ints(0, 2, 3));
        assertThat(arrays.get("steps/row_splits_1").toByteBuffer()).isEqualTo(ints(0, 2, 2, 3));
    }

    @Test
    void byteStringsAreTheirBytesAndOffsets() {
        ByteBuffer text = ByteBuffer.allocateDirect(8)
                .put("helloxyz".getBytes(StandardCharsets.UTF_8))
                .flip();
        ColumnBatch batch = batch(
                Column.ofBytes("text", new int[] {3}, ints(0, 5, 5, 8), text),
                Column.raggedBytes("tags", ints(0, 0, 1, 2), ints(0, 5, 8), text)
                        .asUtf8());
        NDList arrays = DjlBatches.arrays(batch, manager, List.of("tags", "text"));
        assertThat(arrays)
                .extracting(NDArray::getName)
                .containsExactly("tags", "tags/row_splits", "tags/offsets", "text", "text/offsets");
        assertThat(arrays.get("text").getDataType()).isEqualTo(DataType.UINT8);
        assertThat(arrays.get("text").toByteBuffer()).isEqualTo(text);
        assertThat(arrays.get("text/offsets").toByteBuffer()).isEqualTo(ints(0, 5, 5, 8));
        assertThat(arrays.get("tags/offsets").getShape()).isEqualTo(new Shape(3));
    }

    @Test
    void onlyDirectMemoryThatMayBeWrittenIsShared() {
        ByteBuffer direct = ints(1, 2);
        ColumnBatch batch = batch(
                Column.of("shared", DType.INT32, new int[] {2}, direct),
                Column.of("readOnly", DType.INT32, new int[] {2}, direct.asReadOnlyBuffer()));
        NDList arrays = DjlBatches.arrays(batch, manager, List.of("shared", "readOnly"));
        direct.putInt(0, 5);
        assertThat(arrays.get("shared").toByteBuffer().getInt(0)).isEqualTo(5);
        assertThat(arrays.get("readOnly").toByteBuffer().getInt(0)).isEqualTo(1);
        assertThat(arrays.get("readOnly").toByteBuffer().isReadOnly()).isFalse();
    }

    @Test
    void aMissingColumnAndAReleasedBatchAreErrors() {
        AtomicInteger released = new AtomicInteger();
        ColumnBatch batch = ColumnBatch.of(
                List.of(Column.of("x", DType.INT32, new int[] {1}, ints(1))), RESUME, 0, released::incrementAndGet);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DjlBatches.batch(batch, manager, List.of("x"), List.of("y")))
                .withMessageContaining("\"y\"");
        assertThat(released).hasValue(0);
        batch.release();
        assertThatIllegalStateException()
                .isThrownBy(() -> DjlBatches.arrays(batch, manager, List.of("x")))
                .withMessageContaining("was released");
    }
}
