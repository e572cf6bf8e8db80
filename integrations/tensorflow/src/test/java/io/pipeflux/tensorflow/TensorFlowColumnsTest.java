package io.pipeflux.tensorflow;

import static io.pipeflux.tensorflow.TestBatches.WIDTH;
import static io.pipeflux.tensorflow.TestBatches.records;
import static io.pipeflux.tensorflow.TestBatches.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pipeflux.core.suite.Patience;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.NdArray;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Variable;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint16;
import org.tensorflow.types.TUint8;

@Tag("natives")
@ExtendWith(Patience.class)
class TensorFlowColumnsTest {

    private static final Feature DATA = Feature.decodeRaw("data", DType.FLOAT64, WIDTH);
    private static final Feature LABELS = Feature.int64("labels");
    private static final Feature IDS = Feature.ragged("ids", DType.INT64);
    private static final Feature WORDS = Feature.bytes("words", 2);

    private TensorFlowColumns columns;

    @BeforeAll
    static void natives() {
        Natives.require();
    }

    @BeforeEach
    void create() {
        columns = TensorFlowColumns.create();
    }

    private ColumnBatch parse(int rows, Feature... features) {
        return Schema.of(features).withAllocator(columns).parse(records(0, rows));
    }

    @Test
    void columnsOfNumbersAreTheTensors() {
        ColumnBatch batch = parse(3, DATA, LABELS);

        Map<String, Tensor> tensors = columns.tensors(batch);

        assertThat(tensors.keySet()).containsExactly("data", "labels");
        TFloat64 data = (TFloat64) tensors.get("data");
        assertThat(data.shape()).isEqualTo(Shape.of(3, WIDTH));
        assertThat(data.getDouble(2, 5)).isEqualTo(value(2, 5));
        TInt64 labels = (TInt64) tensors.get("labels");
        assertThat(labels.shape()).isEqualTo(Shape.of(3));
        assertThat(labels.getLong(2)).isEqualTo(2);
        // The same memory, not a copy.
        batch.column("data").values().putDouble(0, 77);
        assertThat(data.getDouble(0, 0)).isEqualTo(77);
        assertThat(columns.tensors(batch).get("data")).isSameAs(data);
        batch.release();
    }

    @Test
    void aSessionTakesThem() {
        try (Graph graph = new Graph();
                Session session = new Session(graph)) {
            Ops tf = Ops.create(graph);
            Placeholder<TFloat64> data = tf.withName("data").placeholder(TFloat64.class);
            tf.withName("sum").reduceSum(data, tf.constant(0));
            ColumnBatch batch = parse(4, DATA, LABELS);

            try (Result result = session.runner()
                    .feed("data", columns.tensors(batch).get("data"))
                    .fetch("sum")
                    .run()) {
                batch.release();
                assertThat(((TFloat64) result.get(0)).getDouble(1)).isEqualTo(6 + 4 / 32.0);
            }
        }
    }

    @Test
    void whatTensorFlowStillUsesItKeeps() {
        try (Graph graph = new Graph();
                Session session = new Session(graph)) {
            Ops tf = Ops.create(graph);
            Placeholder<TFloat64> data = tf.withName("data").placeholder(TFloat64.class);
            Variable<TFloat64> variable = tf.variable(Shape.of(4, WIDTH), TFloat64.class);
            tf.withName("assign").assign(variable, data);
            tf.withName("read").identity(variable);
            ColumnBatch batch = parse(4, DATA);
            session.runner()
                    .feed("data", columns.tensors(batch).get("data"))
                    .addTarget("assign")
                    .run()
                    .close();

            batch.release();
            ColumnBatch next = Schema.of(DATA).withAllocator(columns).parse(records(100, 4));

            try (Result result = session.runner().fetch("read").run()) {
                assertThat(((TFloat64) result.get(0)).getDouble(3, 1)).isEqualTo(value(3, 1));
            }
            next.release();
        }
    }

    @Test
    void aRaggedColumnIsItsValuesAndRowSplits() {
        ColumnBatch batch = parse(6, IDS);

        Map<String, Tensor> tensors = columns.tensors(batch);

        assertThat(tensors.keySet()).containsExactly("ids", "ids/row_splits");
        assertThat(longs(tensors.get("ids"))).containsExactly(10L, 20L, 21L, 30L, 31L, 32L, 50L);
        assertThat(ints(tensors.get("ids/row_splits"))).containsExactly(0, 0, 1, 3, 6, 6, 7);
        batch.release();
    }

    @Test
    void aColumnThatIsRaggedInTwoLevelsHasTheSplitsOfBoth() {
        Column column = Column.ragged("ids", DType.INT32, List.of(bytes(0, 2, 3), bytes(0, 2, 2, 3)), bytes(1, 2, 3));

        Map<String, Tensor> tensors = columns.tensors(TestBatches.batch(List.of(column), () -> {}));

        assertThat(tensors.keySet()).containsExactly("ids", "ids/row_splits", "ids/row_splits/1");
        assertThat(ints(tensors.get("ids"))).containsExactly(1, 2, 3);
        assertThat(ints(tensors.get("ids/row_splits"))).containsExactly(0, 2, 3);
        assertThat(ints(tensors.get("ids/row_splits/1"))).containsExactly(0, 2, 2, 3);
    }

    private static ByteBuffer bytes(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(values);
        return bytes;
    }

    @Test
    void aPaddedColumnIsATensor() {
        ColumnBatch batch = parse(4, Feature.paddedInt64("ids", -1));

        Tensor ids = columns.tensors(batch).get("ids");

        assertThat(ids.shape()).isEqualTo(Shape.of(4, 3));
        assertThat(longs(ids)).containsExactly(-1L, -1L, -1L, 10L, -1L, -1L, 20L, 21L, -1L, 30L, 31L, 32L);
        assertThat(columns.tensors(batch).get("ids")).isSameAs(ids);
        batch.release();
    }

    @Test
    void byteStringsAreCopied() {
        ColumnBatch batch = parse(2, WORDS);

        TString words = (TString) columns.tensors(batch).get("words");

        assertThat(words.shape()).isEqualTo(Shape.of(2, 2));
        assertThat(words.getObject(1, 0)).isEqualTo("w\u00fc1");
        assertThat(words.getObject(1, 1)).isEmpty();
        batch.release();
    }

    @Test
    void textIsCopied() {
        Column bytes = parse(2, WORDS).column("words").asUtf8();

        Map<String, Tensor> tensors = columns.tensors(TestBatches.batch(List.of(bytes), () -> {}));

        assertThat(((TString) tensors.get("words")).getObject(0, 0)).isEqualTo("w\u00fc0");
    }

    @Test
    void raggedByteStringsAreCopied() {
        ColumnBatch batch = parse(2, Feature.ragged("words", DType.BYTES));

        Map<String, Tensor> tensors = columns.tensors(batch);

        assertThat(((TString) tensors.get("words")).getObject(2)).isEqualTo("w\u00fc1");
        assertThat(ints(tensors.get("words/row_splits"))).containsExactly(0, 2, 4);
        batch.release();
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"BYTES", "UTF8"})
    void everyTypeOfNumberHasATensor(DType dtype) {
        for (boolean heap : new boolean[] {false, true}) {
            ColumnBatch batch = TestBatches.numbers(
                    heap ? ColumnAllocator.heap() : columns,
                    dtype,
                    new int[] {2, 1, 2},
                    values -> putEdges(dtype, values));

            Tensor tensor = columns.tensors(batch).get("c");

            assertThat(tensor.shape()).isEqualTo(Shape.of(2, 1, 2));
            assertThat(tensor).isInstanceOf(TensorTypes.of(dtype));
            assertThat(numbers(tensor)).as("%s, heap %s", dtype, heap).containsExactly(edges(dtype));
            batch.release();
        }
        assertThat(columns.outstanding()).isZero();
    }

    private static void putEdges(DType dtype, ByteBuffer values) {
        for (double edge : edges(dtype)) {
            switch (dtype) {
                case INT8, UINT8, BOOL -> values.put((byte) edge);
                case INT16, UINT16 -> values.putShort((short) (int) edge);
                case INT32, UINT32 -> values.putInt((int) (long) edge);
                case INT64 -> values.putLong((long) edge);
                case FLOAT16 -> values.putShort((short) (edge == 1.5 ? 0x3E00 : edge == -2 ? 0xC000 : 0));
                case BFLOAT16 -> values.putShort((short) (Float.floatToIntBits((float) edge) >>> 16));
                case FLOAT32 -> values.putFloat((float) edge);
                default -> values.putDouble(edge);
            }
        }
    }

    private static double[] edges(DType dtype) {
        return switch (dtype) {
            case INT8 -> new double[] {-128, 127, -1, 0};
            case UINT8 -> new double[] {0, 255, 128, 1};
            case INT16 -> new double[] {-32768, 32767, -1, 0};
            case UINT16 -> new double[] {0, 65535, 32768, 1};
            case INT32 -> new double[] {Integer.MIN_VALUE, Integer.MAX_VALUE, -1, 0};
            case UINT32 -> new double[] {0, 4294967295.0, 2147483648.0, 1};
            case BOOL -> new double[] {0, 1, 1, 0};
            default -> new double[] {-2, 1.5, 0, 0};
            case INT64 -> new double[] {Long.MIN_VALUE, 1L << 62, -1, 0};
        };
    }

    private static double[] numbers(Tensor tensor) {
        Stream<?> values = tensor instanceof TBool bools
                ? bools.streamOfObjects().map(value -> value ? 1 : 0)
                : ((NdArray<?>) tensor).streamOfObjects();
        if (tensor instanceof TUint8) {
            values = values.map(value -> ((Number) value).byteValue() & 0xFF);
        } else if (tensor instanceof TUint16) {
            values = values.map(value -> ((Number) value).shortValue() & 0xFFFF);
        }
        return values.mapToDouble(value -> ((Number) value).doubleValue()).toArray();
    }

    @Test
    void columnsFromElsewhereAreCopied() {
        ColumnBatch batch = Schema.of(DATA, LABELS, IDS, WORDS).parse(records(0, 5));

        Map<String, Tensor> tensors = columns.tensors(batch);

        assertThat(((TFloat64) tensors.get("data")).getDouble(4, 15)).isEqualTo(value(4, 15));
        assertThat(longs(tensors.get("labels"))).containsExactly(0L, 1L, 2L, 3L, 4L);
        assertThat(longs(tensors.get("ids"))).hasSize(6);
        tensors.values().forEach(Tensor::close);
    }

    @Test
    void aColumnOfAnotherShapeOverTheMemoryOfATensorIsCopied() {
        ColumnBatch batch = parse(4, DATA);
        ByteBuffer values = batch.column("data").values();
        Column flat = Column.of("flat", DType.FLOAT64, new int[] {4 * WIDTH}, values);
        Column tail = Column.of("tail", DType.FLOAT64, new int[] {WIDTH}, values.slice(3 * WIDTH * 8, WIDTH * 8));

        Tensor flatTensor =
                columns.tensors(TestBatches.batch(List.of(flat), () -> {})).get("flat");
        TFloat64 tailTensor = (TFloat64)
                columns.tensors(TestBatches.batch(List.of(tail), () -> {})).get("tail");

        assertThat(flatTensor.shape()).isEqualTo(Shape.of(4 * WIDTH));
        assertThat(tailTensor.getDouble(1)).isEqualTo(value(3, 1));
        batch.release();
    }

    @Test
    void columnsWithoutValuesAreEmptyTensors() {
        ColumnBatch padded = parse(1, Feature.paddedInt64("ids", 0));
        ColumnBatch ragged = parse(1, IDS);
        Column none = Column.of("none", DType.FLOAT32, new int[] {0, 3}, ByteBuffer.allocate(0));

        assertThat(columns.tensors(padded).get("ids").shape()).isEqualTo(Shape.of(1, 0));
        assertThat(columns.tensors(ragged).get("ids").shape()).isEqualTo(Shape.of(0));
        assertThat(ints(columns.tensors(ragged).get("ids/row_splits"))).containsExactly(0, 0);
        assertThat(columns.tensors(TestBatches.batch(List.of(none), () -> {}))
                        .get("none")
                        .shape())
                .isEqualTo(Shape.of(0, 3));
        padded.release();
        ragged.release();
    }

    @Test
    void theNameOfRowSplitsMustBeFree() {
        Column ids = parse(2, IDS).column("ids");
        Column taken = Column.of("ids/row_splits", DType.UINT8, new int[] {2}, ByteBuffer.allocate(2));

        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> columns.tensors(TestBatches.batch(List.of(ids, taken), () -> {})));
    }

    @Test
    void theReleaseOfTheBatchClosesItsTensors() {
        ColumnBatch batch = parse(4, DATA, LABELS, IDS, WORDS);
        Map<String, Tensor> tensors = columns.tensors(batch);
        assertThat(columns.outstanding()).isEqualTo(4 * WIDTH * 8 + 4 * 8);

        batch.release();
        batch.release();

        assertThat(columns.outstanding()).isZero();
        assertThat(tensors).allSatisfy((name, tensor) -> assertClosed(tensor));
        assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> columns.tensors(batch));
    }

    @Test
    void aReleasedTensorIsRefusedByASession() {
        try (Graph graph = new Graph();
                Session session = new Session(graph)) {
            Ops tf = Ops.create(graph);
            tf.withName("same").identity(tf.withName("data").placeholder(TFloat64.class));
            ColumnBatch batch = parse(4, DATA);
            Tensor data = columns.tensors(batch).get("data");
            batch.release();

            assertThatExceptionOfType(IllegalStateException.class)
                    .isThrownBy(() ->
                            session.runner().feed("data", data).fetch("same").run());
        }
    }

    static void assertClosed(Tensor tensor) {
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> tensor.asRawTensor().numBytes());
    }

    @Test
    void beyondTheLimitColumnsAreArrays() {
        columns = TensorFlowColumns.create(4 * WIDTH * 8);
        ColumnBatch first = parse(4, DATA, LABELS);
        ColumnBatch second = parse(4, DATA);

        assertThat(first.column("data").values().isDirect()).isTrue();
        assertThat(first.column("labels").values().isDirect()).isFalse();
        assertThat(second.column("data").values().isDirect()).isFalse();
        TFloat64 copy = (TFloat64) columns.tensors(second).get("data");
        assertThat(copy.getDouble(3, 3)).isEqualTo(value(3, 3));
        second.release();
        assertClosed(copy);
        first.release();
        ColumnBatch third = parse(4, DATA);
        assertThat(third.column("data").values().isDirect()).isTrue();
        third.release();
        assertThat(columns.outstanding()).isZero();
    }

    @Test
    void arraysAreUsedAgain() {
        Consumer<ByteBuffer> zero = values -> values.put(new byte[values.remaining()]);
        ColumnBatch first = TestBatches.numbers(columns, DType.INT8, new int[] {9000}, zero);
        byte[] array = first.column("c").values().array();
        Tensor copy = columns.tensors(first).get("c");
        first.release();
        assertClosed(copy);

        ColumnBatch second = TestBatches.numbers(columns, DType.INT8, new int[] {9000}, zero);

        assertThat(second.column("c").values().array()).isSameAs(array);
        Tensor later = columns.tensors(second).get("c");
        assertThat(later.shape()).isEqualTo(Shape.of(9000));
        second.release();
        assertClosed(later);
    }

    private static List<Long> longs(Tensor tensor) {
        return ((TInt64) tensor).streamOfObjects().toList();
    }

    private static List<Integer> ints(Tensor tensor) {
        return ((TInt32) tensor).streamOfObjects().toList();
    }
}
