package io.pipeflux.djl;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.djl.DjlBatchesTest.batch;
import static io.pipeflux.djl.DjlBatchesTest.ints;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import com.google.protobuf.ByteString;
import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.example.proto.BytesList;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.Features;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;

/** What only the engine can show. */
@Tag("natives")
class PyTorchTest {

    private static final int VALUES = 1024;
    private static final List<String> DATA = List.of("data");
    private static final List<String> NONE = List.of();
    private static final Schema SCHEMA = Schema.of(Feature.decodeRaw("data", DType.FLOAT64, VALUES));

    private final NDManager manager = NDManager.newBaseManager();

    @BeforeAll
    static void requireNatives() {
        boolean there = PyTorchTest.class.getResource("/native/lib/pytorch.properties") != null;
        if (!there) {
            System.out.println("SKIPPED: tests of pipeflux-djl, PyTorch's native code could not be fetched");
        }
        assumeTrue(there, "PyTorch's native code");
    }

    @AfterEach
    void close() {
        manager.close();
    }

    /** Direct memory that has other values after its release, and is never used again. */
    private static final class Poisoning implements ColumnAllocator {
        private final Set<Integer> out = ConcurrentHashMap.newKeySet();

        @Override
        public ByteBuffer allocate(long bytes) {
            ByteBuffer memory = ByteBuffer.allocateDirect((int) bytes);
            out.add(System.identityHashCode(memory));
            return memory;
        }

        @Override
        public void release(ByteBuffer memory) {
            out.remove(System.identityHashCode(memory));
            for (int i = 0; i < memory.limit(); i++) {
                memory.put(i, (byte) 0xA5);
            }
        }
    }

    /** A record whose 1,024 numbers are its own. */
    private static RawRecord record(int number) {
        ByteBuffer values = ByteBuffer.allocate(VALUES * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (values.hasRemaining()) {
            values.putDouble(number);
        }
        BytesList bytes = BytesList.newBuilder()
                .addValue(ByteString.copyFrom(values.flip()))
                .build();
        return RawRecord.of(Example.newBuilder()
                .setFeatures(Features.newBuilder()
                        .putFeature(
                                "data",
                                io.pipeflux.records.example.proto.Feature.newBuilder()
                                        .setBytesList(bytes)
                                        .build()))
                .build()
                .toByteString()
                .asReadOnlyByteBuffer());
    }

    /** That many batches of 16 records, the numbers 0 to 15. */
    private static Flux<ColumnBatch> batches(int number, ColumnAllocator allocator) {
        List<RawRecord> records =
                IntStream.range(0, 16).mapToObj(PyTorchTest::record).toList();
        return Flux.range(0, number)
                .concatMapIterable(i -> records)
                .transform(mapAndBatch(16, 2, SCHEMA.withAllocator(allocator).batches()));
    }

    private static final double SUM = VALUES * 120.0; // of 0 to 15

    private static double sum(NDArray array) {
        try (NDArray sum = array.sum()) {
            return sum.getDouble();
        }
    }

    private static String resources(NDManager manager) {
        return manager.toString(); // ends with their number
    }

    // == memory ==

    @Test
    void directMemoryIsTheArraysOwn() {
        ByteBuffer memory = ints(0, 0, 1, 2, 3).slice(4, 16).order(ByteOrder.LITTLE_ENDIAN);
        NDArray array = DjlBatches.arrays(
                        batch(Column.of("x", DType.INT32, new int[] {2, 2}, memory)), manager, List.of("x"))
                .get("x");
        assertThat(array.toIntArray()).containsExactly(0, 1, 2, 3);
        memory.putInt(12, 30);
        assertThat(array.getInt(1, 1)).isEqualTo(30);
        array.addi(1);
        assertThat(memory.getInt(0)).isEqualTo(1);
    }

    @Test
    void columnsOnTheHeapAreCopied() {
        ByteBuffer memory =
                ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN).putFloat(4, 1.5f);
        Column column = Column.of("x", DType.FLOAT32, new int[] {2, 2}, memory.position(4));
        NDArray array = DjlBatches.arrays(batch(column), manager, List.of("x")).get("x");
        memory.putFloat(4, 7);
        assertThat(array.toFloatArray()).containsExactly(1.5f, 0, 0, 0);
    }

    static Stream<Arguments> values() {
        return Stream.of(
                arguments(DType.FLOAT64, memory().putDouble(8, -1), -1),
                arguments(DType.FLOAT32, memory().putFloat(4, -1), -1),
                arguments(DType.FLOAT16, memory().putShort(2, (short) 0xBC00), -1),
                arguments(DType.INT64, memory().putLong(8, -1), -1),
                arguments(DType.INT32, memory().putInt(4, -1), -1),
                arguments(DType.INT8, memory().put(1, (byte) -1), -1),
                arguments(DType.UINT8, memory().put(1, (byte) -1), 255),
                arguments(DType.BOOL, memory().put(1, (byte) 1), 1));
    }

    private static ByteBuffer memory() {
        return ByteBuffer.allocateDirect(16).order(ByteOrder.LITTLE_ENDIAN);
    }

    @ParameterizedTest
    @MethodSource("values")
    void theEngineReadsEachTypeAsWritten(DType dtype, ByteBuffer memory, float second) {
        Column column = Column.of("x", dtype, new int[] {2}, memory.limit(2 * dtype.bytes()));
        NDArray array = DjlBatches.arrays(batch(column), manager, List.of("x")).get("x");
        assertThat(array.toType(DataType.FLOAT32, true).toFloatArray()).containsExactly(0, second);
    }

    @Test
    void emptyColumnsAreEmptyArrays() {
        Column fixed = Column.of("fixed", DType.FLOAT32, new int[] {0, 3}, ByteBuffer.allocateDirect(0));
        Column ragged = Column.ragged("ragged", DType.INT64, ints(0), ByteBuffer.allocate(0));
        NDList arrays = DjlBatches.arrays(batch(fixed, ragged), manager, List.of("fixed", "ragged"));
        assertThat(arrays.get("fixed").getShape()).isEqualTo(new Shape(0, 3));
        assertThat(arrays.get("ragged").size()).isZero();
        assertThat(arrays.get("ragged/row_splits").toIntArray()).containsExactly(0);
    }

    @Test
    void arraysAndTheirViewsKeepTheMemoryOfABatchThatNobodyHolds() {
        List<NDArray> views = new ArrayList<>();
        batches(100, ColumnAllocator.direct()).toStream(1).forEach(batch -> {
            NDArray array =
                    DjlBatches.arrays(batch, manager.newSubManager(), DATA).get("data");
            views.add(array.reshape(-1));
            array.close(); // DJL's array lets its buffer go; the view does not know of it
        });
        System.gc();
        batches(100, ColumnAllocator.direct()).blockLast(); // would use memory that was freed
        assertThat(views).allSatisfy(view -> assertThat(sum(view)).isEqualTo(SUM));
    }

    // == release ==

    @Test
    void closingABatchReleasesItAndItsArrays() {
        Poisoning memory = new Poisoning();
        String before = resources(manager);
        for (ColumnBatch columns : batches(3, memory).toIterable(1)) {
            Column column = columns.column("data");
            Batch batch = DjlBatches.batch(columns, manager, DATA, NONE);
            NDArray array = batch.getData().get("data");
            assertThat(sum(array)).isEqualTo(SUM);
            batch.close();
            assertThatIllegalStateException().isThrownBy(array::sum);
            assertThatIllegalStateException().isThrownBy(column::values);
        }
        assertThat(memory.out).isEmpty();
        assertThat(resources(manager)).isEqualTo(before);
    }

    @Test
    void whatOutlivesABatchIsADuplicate() {
        Poisoning memory = new Poisoning();
        NDArray kept = null;
        for (ColumnBatch columns : batches(1, memory).toIterable(1)) {
            try (NDManager step = manager.newSubManager()) {
                kept = DjlBatches.arrays(columns, step, DATA)
                        .get("data")
                        .get("0:16")
                        .duplicate();
                kept.attach(manager);
            }
        }
        assertThat(kept).isNotNull();
        assertThat(sum(kept)).isEqualTo(SUM);
        assertThat(memory.out).isEmpty();
    }

    @Test
    void aFailureLeavesTheBatchAndTheManagerAsTheyWere() {
        AtomicInteger released = new AtomicInteger();
        ColumnBatch batch = ColumnBatch.of(
                List.of(Column.of("x", DType.INT32, new int[] {1}, ints(1))),
                batches(1, ColumnAllocator.heap()).blockLast().resumeAt(),
                0,
                released::incrementAndGet);
        NDManager closed = manager.newSubManager();
        closed.close();
        String before = resources(manager);
        assertThatIllegalStateException().isThrownBy(() -> DjlBatches.arrays(batch, closed, List.of("x")));
        assertThatIllegalStateException().isThrownBy(() -> DjlBatches.batch(batch, closed, List.of("x"), NONE));
        NDManager capped = manager.newSubManager();
        capped.cap();
        assertThatIllegalStateException().isThrownBy(() -> DjlBatches.arrays(batch, capped, List.of("x")));
        capped.close();
        assertThat(released).hasValue(0);
        assertThat(resources(manager)).isEqualTo(before);
    }

    /** A leak of one batch in ten would be 25 MiB of the pool's, or of the engine's. */
    @Test
    void underLoadNothingLeaksAndNoBatchHasTheValuesOfAnother() throws Exception {
        ColumnAllocator memory = ColumnAllocator.pooledDirect(8 << 20);
        String before = resources(manager);
        train(batches(200, memory));
        long warm = outsideTheHeap();
        train(batches(4_000, memory)); // 512 MiB
        assertThat(outsideTheHeap() - warm).isLessThan(128 << 20);
        assertThat(memory.toString()).contains(" 0 buffers given out and not given back");
        assertThat(resources(manager)).isEqualTo(before);
    }

    private void train(Flux<ColumnBatch> batches) {
        batches.toStream(1).forEach(columns -> {
            try (Batch batch = DjlBatches.batch(columns, manager, DATA, NONE)) {
                NDArray data = batch.getData().get(0);
                assertThat(sum(data)).isEqualTo(SUM);
                assertThat(data.get("3").max().getDouble()).isEqualTo(3);
            }
        });
    }

    /** Returns how much memory the process has, less what the heap may have of it. */
    private static long outsideTheHeap() throws Exception {
        String pages = Files.readString(Path.of("/proc/self/statm")).split(" ")[1];
        return Long.parseLong(pages) * 4096
                - ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted();
    }

    @Test
    void batchesThatNobodyReleasesAreLeftToTheCollector() {
        ColumnAllocator memory = ColumnAllocator.pooledDirect(1 << 20);
        batches(300, memory)
                .toStream(1)
                .forEach(batch -> assertThat(batch.rows()).isEqualTo(16));
        assertThat(memory.toString()).contains(" 300 buffers given out and not given back");
        train(batches(20, memory));
    }

    // == training ==

    private static Trainer trainer(Model model) {
        model.setBlock(Linear.builder().setUnits(1).build());
        Trainer trainer = model.newTrainer(new DefaultTrainingConfig(Loss.l2Loss())
                .optOptimizer(Optimizer.sgd()
                        .setLearningRateTracker(Tracker.fixed(0.5f))
                        .build())
                .addTrainingListeners(TrainingListener.Defaults.logging()));
        trainer.initialize(new Shape(1, 2));
        return trainer;
    }

    private static ColumnBatch line() {
        ByteBuffer x = ByteBuffer.allocateDirect(16 * 8).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer y = ByteBuffer.allocateDirect(16 * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 16; i++) {
            x.putFloat(i / 16f).putFloat(1);
            y.putFloat(2 * i / 16f + 1);
        }
        return batch(
                Column.of("x", DType.FLOAT32, new int[] {16, 2}, x.flip()),
                Column.of("y", DType.FLOAT32, new int[] {16, 1}, y.flip()));
    }

    @Test
    void easyTrainFitsADataSetOfBatches() throws Exception {
        AtomicInteger epochs = new AtomicInteger();
        Flux<ColumnBatch> epoch = Flux.defer(() -> {
            epochs.incrementAndGet();
            return Flux.range(0, 100).map(i -> line());
        });
        try (Model model = Model.newInstance("line");
                Trainer trainer = trainer(model)) {
            EasyTrain.fit(trainer, 3, DjlBatches.dataset(epoch, List.of("x"), List.of("y")), null);
            assertThat(trainer.getTrainingResult().getEpoch()).isEqualTo(3);
            assertThat(trainer.getTrainingResult().getTrainLoss()).isLessThan(0.05f);
        }
        assertThat(epochs).hasValue(3);
    }

    @Test
    void anIterationThatIsNotCompletedEndsWithItsManager() {
        AtomicInteger cancelled = new AtomicInteger();
        Flux<ColumnBatch> endless =
                Flux.range(0, Integer.MAX_VALUE).map(i -> line()).doOnCancel(cancelled::incrementAndGet);
        try (Model model = Model.newInstance("line");
                Trainer trainer = trainer(model)) {
            for (Batch batch : iterate(trainer, endless)) {
                EasyTrain.trainBatch(trainer, batch);
                batch.close();
                break;
            }
            assertThat(cancelled).hasValue(0);
        }
        assertThat(cancelled).hasValue(1);
    }

    @Test
    void batchesThatAreKeptForOtherEpochsMustNotBePooled() throws Exception {
        Flux<ColumnBatch> kept = batches(3, ColumnAllocator.direct()).cache();
        Flux<ColumnBatch> pooled =
                batches(3, ColumnAllocator.pooledDirect(1 << 20)).cache();
        for (int epoch = 0; epoch < 3; epoch++) {
            for (Batch batch : DjlBatches.dataset(kept, DATA, NONE).getData(manager)) {
                assertThat(sum(batch.getData().get(0))).isEqualTo(SUM);
                batch.close();
            }
        }
        Dataset once = DjlBatches.dataset(pooled, DATA, NONE);
        once.getData(manager).forEach(Batch::close);
        assertThatIllegalStateException()
                .isThrownBy(() -> once.getData(manager).iterator().next())
                .withMessageContaining("was released");
    }

    private static Iterable<Batch> iterate(Trainer trainer, Flux<ColumnBatch> batches) {
        try {
            return trainer.iterateDataset(DjlBatches.dataset(batches, List.of("x"), List.of("y")));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void onlyColumnsOfFixedShapeAreDividedAmongDevices() {
        ColumnBatch columns = batch(
                Column.of("x", DType.INT32, new int[] {2}, ints(1, 2)),
                Column.ragged("ids", DType.INT32, ints(0, 2, 2), ints(7, 8)));
        Device[] devices = {Device.cpu(), Device.cpu()};
        Batch fixed = DjlBatches.batch(columns, manager, List.of("x"), NONE);
        assertThat(fixed.getSize()).isEqualTo(2);
        assertThatIllegalStateException()
                .isThrownBy(() -> DjlBatches.batch(columns, manager, List.of("x", "ids"), NONE)
                        .split(devices, false))
                .withMessageContaining("batchifier");
        assertThat(DjlBatches.batch(columns, manager, List.of("x"), List.of("x"))
                        .split(devices, false))
                .hasSize(2);
    }
}
