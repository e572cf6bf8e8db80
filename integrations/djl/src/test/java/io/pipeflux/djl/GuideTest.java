package io.pipeflux.djl;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.Features;
import io.pipeflux.records.example.proto.FloatList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** Runs the snippets of {@code docs/integrations.md}, whose text is here. */
@Tag("natives")
class GuideTest {

    private static final int EPOCHS = 2;

    private final Schema schema = Schema.of(Feature.float32("data", 4), Feature.float32("labels", 1));
    private final Flux<RawRecord> records = Flux.range(0, 640).map(GuideTest::record);

    @BeforeAll
    static void requireNatives() {
        PyTorchTest.requireNatives();
    }

    private static io.pipeflux.records.example.proto.Feature floats(Float... values) {
        return io.pipeflux.records.example.proto.Feature.newBuilder()
                .setFloatList(FloatList.newBuilder().addAllValue(List.of(values)))
                .build();
    }

    private static RawRecord record(int i) {
        Features features = Features.newBuilder()
                .putFeature("data", floats(i % 2f, i % 3f, i % 5f, 1f))
                .putFeature("labels", floats(i % 2f))
                .build();
        return RawRecord.of(Example.newBuilder()
                .setFeatures(features)
                .build()
                .toByteString()
                .asReadOnlyByteBuffer());
    }

    private static Trainer trainer(Model model) {
        model.setBlock(Linear.builder().setUnits(1).build());
        Trainer trainer = model.newTrainer(
                new DefaultTrainingConfig(Loss.l2Loss()).addTrainingListeners(TrainingListener.Defaults.basic()));
        trainer.initialize(new Shape(1, 4));
        return trainer;
    }

    @Test
    void trainsInALoopAndByEasyTrain() throws Exception {
        try (Model model = Model.newInstance("guide");
                Trainer trainer = trainer(model)) {
            ColumnAllocator memory = ColumnAllocator.pooledDirect(64 << 20); // which PyTorch reads in place
            Flux<ColumnBatch> batches = records.transform(
                    mapAndBatch(64, 2, schema.withAllocator(memory).batches()));
            try (Stream<ColumnBatch> stream = batches.toStream(1)) {
                stream.forEach(columns -> {
                    try (Batch batch =
                            DjlBatches.batch(columns, trainer.getManager(), List.of("data"), List.of("labels"))) {
                        EasyTrain.trainBatch(trainer, batch);
                        trainer.step();
                    } // closes the arrays and releases the columns
                });
            }

            EasyTrain.fit(trainer, EPOCHS, DjlBatches.dataset(batches, List.of("data"), List.of("labels")), null);

            assertThat(trainer.getTrainingResult().getTrainLoss()).isFinite();
            assertThat(memory.toString()).contains(" 0 buffers given out and not given back");
        }
    }
}
