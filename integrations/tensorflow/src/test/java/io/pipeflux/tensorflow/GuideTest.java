package io.pipeflux.tensorflow;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Variable;
import org.tensorflow.types.TFloat64;
import reactor.core.publisher.Flux;

/** The snippet of docs/integrations.md. */
@Tag("natives")
class GuideTest {

    @BeforeAll
    static void natives() {
        Natives.require();
    }

    @Test
    void theSnippetTrains() {
        Flux<RawRecord> records = Flux.fromIterable(TestBatches.records(0, 200));
        Schema schema = Schema.of(Feature.decodeRaw("data", DType.FLOAT64, TestBatches.WIDTH), Feature.int64("labels"));
        try (Graph graph = new Graph();
                Session session = new Session(graph)) {
            Ops tf = Ops.create(graph);
            Variable<TFloat64> sum = tf.variable(tf.zeros(tf.constant(new int[] {TestBatches.WIDTH}), TFloat64.class));
            tf.withName("train")
                    .assignAdd(
                            sum,
                            tf.reduceSum(tf.withName("data").placeholder(TFloat64.class), tf.constant(new int[] {0})));
            tf.withName("sum").identity(sum);
            session.initialize();

            TensorFlowColumns columns = TensorFlowColumns.create();
            Flux<ColumnBatch> batches = records.transform(
                    mapAndBatch(64, 2, schema.withAllocator(columns).batches()));
            try (Stream<ColumnBatch> stream = batches.toStream(1)) {
                stream.forEach(batch -> {
                    Map<String, Tensor> tensors = columns.tensors(batch);
                    session.runner()
                            .feed("data", tensors.get("data"))
                            .addTarget("train")
                            .run()
                            .close();
                    batch.release(); // closes the tensors
                });
            }

            try (Result result = session.runner().fetch("sum").run()) {
                assertThat(result.get(0).shape()).isEqualTo(Shape.of(TestBatches.WIDTH));
                assertThat(((TFloat64) result.get(0)).getDouble(0)).isEqualTo(199 * 200 / 2.0);
            }
            assertThat(columns.outstanding()).isZero();
        }
    }
}
