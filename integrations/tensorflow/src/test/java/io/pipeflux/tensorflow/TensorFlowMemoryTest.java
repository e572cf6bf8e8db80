package io.pipeflux.tensorflow;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.tensorflow.TestBatches.WIDTH;
import static io.pipeflux.tensorflow.TestBatches.records;
import static io.pipeflux.tensorflow.TestBatches.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;
import reactor.core.publisher.Flux;

/** Whose memory it is: released, discarded, cancelled, forgotten, and many threads at once. */
@Tag("natives")
@ExtendWith(Patience.class)
class TensorFlowMemoryTest {

    private static final int ROWS = 64;
    private static final int LARGE = 1 << 17; // values: 1 MiB
    private static final List<RawRecord> RECORDS = records(0, ROWS);

    private TensorFlowColumns columns;
    private Schema schema;

    @BeforeAll
    static void natives() {
        Natives.require();
    }

    @BeforeEach
    void create() {
        columns = TensorFlowColumns.create();
        schema = Schema.of(
                        Feature.decodeRaw("data", DType.FLOAT64, WIDTH),
                        Feature.int64("labels"),
                        Feature.ragged("ids", DType.INT64),
                        Feature.bytes("words", 2))
                .withAllocator(columns);
    }

    private Flux<ColumnBatch> batches(int count) {
        return Flux.range(0, count)
                .concatMapIterable(i -> RECORDS)
                .transform(mapAndBatch(ROWS, 2, schema.batches()))
                .transform(prefetch(4));
    }

    @Test
    void batchesThatArriveInLoadHaveTheirValuesAndGiveAllBack() {
        long before = Pointer.totalCount();
        try (Graph graph = new Graph();
                Session session = new Session(graph)) {
            Ops tf = Ops.create(graph);
            tf.withName("sum")
                    .reduceSum(tf.withName("data").placeholder(TFloat64.class), tf.constant(new int[] {0, 1}));
            double expected = 0;
            for (int row = 0; row < ROWS; row++) {
                for (int i = 0; i < WIDTH; i++) {
                    expected += value(row, i);
                }
            }
            for (ColumnBatch batch : batches(500).toIterable(1)) {
                Map<String, Tensor> tensors = columns.tensors(batch);
                try (Result sum = session.runner()
                        .feed("data", tensors.get("data"))
                        .fetch("sum")
                        .run()) {
                    assertThat(((TFloat64) sum.get(0)).getDouble()).isEqualTo(expected);
                }
                batch.release();
                assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> columns.tensors(batch));
                tensors.values().forEach(TensorFlowColumnsTest::assertClosed);
            }
        }

        assertThat(columns.outstanding()).isZero();
        collectUntil(() -> Pointer.totalCount() <= before);
    }

    @Test
    void threadsThatReleaseWhileOthersParseGiveAllBack() {
        ConcurrentLinkedQueue<ColumnBatch> queue = new ConcurrentLinkedQueue<>();
        List<CompletableFuture<Void>> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            boolean parses = i < 2;
            threads.add(CompletableFuture.runAsync(() -> {
                for (int j = 0; j < 1000; j++) {
                    ColumnBatch batch = parses ? schema.parse(RECORDS) : queue.poll();
                    if (parses) {
                        TFloat64 data = (TFloat64) columns.tensors(batch).get("data");
                        assertThat(data.getDouble(ROWS - 1, 1)).isEqualTo(value(ROWS - 1, 1));
                        queue.add(batch);
                    } else if (batch != null) {
                        batch.release();
                    }
                }
            }));
        }
        threads.forEach(Patience::get);
        queue.forEach(ColumnBatch::release);

        assertThat(columns.outstanding()).isZero();
    }

    @Test
    void oneOfTwoThreadsReleases() {
        for (int i = 0; i < 500; i++) {
            ColumnBatch batch = schema.parse(RECORDS);
            Map<String, Tensor> tensors = columns.tensors(batch);
            CompletableFuture<Void> other = CompletableFuture.runAsync(batch::release);
            try {
                columns.tensors(batch); // either all of it, or refused
            } catch (IllegalStateException released) {
                // as it should be
            }
            batch.release();
            Patience.get(other);
            tensors.values().forEach(TensorFlowColumnsTest::assertClosed);
        }
        assertThat(columns.outstanding()).isZero();
    }

    @Test
    void aCancelledPipelineGivesAllBack() {
        for (int i = 0; i < 20; i++) {
            batches(100).take(i % 5).doOnNext(ColumnBatch::release).blockLast();
        }
        await().until(() -> columns.outstanding() == 0);
    }

    @Test
    void aBatchThatCannotBeMadeGivesAllBack() {
        List<RawRecord> wrong = new ArrayList<>(RECORDS);
        wrong.add(RawRecord.of(ByteBuffer.wrap(new byte[] {1})));

        assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> schema.parse(wrong));

        assertThat(columns.outstanding()).isZero();
    }

    @Test
    void batchesThatNobodyReleasesAreFreed() {
        columns = TensorFlowColumns.create(64 << 20);
        int arrays = 0;
        for (int i = 0; i < 1000; i++) { // 1 GB of tensors, were they kept
            ColumnBatch batch = large(i);
            Tensor data = columns.tensors(batch).get("c");
            assertThat(((TFloat64) data).getDouble(LARGE - 1)).isEqualTo(i);
            arrays += batch.column("c").values().isDirect() ? 0 : 1;
            assertThat(columns.outstanding()).isLessThanOrEqualTo(64 << 20);
        }
        assertThat(arrays).isPositive();
        collectUntil(() -> columns.outstanding() == 0);
    }

    private ColumnBatch large(int last) {
        return TestBatches.numbers(
                columns, DType.FLOAT64, new int[] {LARGE}, values -> values.putDouble((LARGE - 1) * 8, last));
    }

    @Test
    void aTensorIsThereWhileItIsReached() {
        List<Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            tensors.add(columns.tensors(large(i)).get("c"));
        }
        collectUntil(() -> columns.outstanding() == 0);
        for (int i = 0; i < 100; i++) { // whose memory would be taken by others
            large(-1).release();
        }
        for (int i = 0; i < 20; i++) {
            assertThat(((TFloat64) tensors.get(i)).getDouble(LARGE - 1)).isEqualTo(i);
            tensors.get(i).close();
        }
    }

    @Test
    void aViewKeepsTheMemoryOfABatchThatNobodyReleases() {
        List<DoubleBuffer> views = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            views.add(large(i).column("c").asDoubleBuffer());
            large(-1); // forgotten
        }
        collectUntil(() -> columns.outstanding() == 20 * LARGE * 8L);
        for (int i = 0; i < 20; i++) {
            assertThat(views.get(i).get(LARGE - 1)).isEqualTo(i);
        }
    }

    private static void collectUntil(Callable<Boolean> reached) {
        await().until(() -> {
            System.gc();
            return reached.call();
        });
    }
}
