package io.pipeflux.samples.training;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.repeat;
import static io.pipeflux.core.operator.PipeOperators.shuffle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.pipeflux.core.Pass;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.job.Checkpoint;
import io.pipeflux.core.job.Checkpoints;
import io.pipeflux.core.job.Fingerprint;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/** The README's training that goes on where it was stopped. */
class CheckpointedTrainingTest {

    private static final int FEATURES = 4;

    @TempDir
    Path directory;

    @BeforeEach
    void generate() throws IOException {
        new DemoData("train", 500, 3, FEATURES, 1).writeTo(directory.resolve("train"));
    }

    /** A model with a life of so many steps. */
    private static final class Model {

        private LogisticModel learnt = LogisticModel.untrained(FEATURES);
        private int stepsToLive;

        Model(int stepsToLive) {
            this.stepsToLive = stepsToLive;
        }

        void restore(byte[] state) {
            learnt = ModelState.read(state, FEATURES);
        }

        void fit(ColumnBatch batch) {
            if (stepsToLive-- == 0) {
                throw new IllegalStateException("out of memory");
            }
            learnt.fit(batch);
        }

        byte[] toBytes() {
            return ModelState.write(learnt);
        }
    }

    private byte[] train(Path kept, Model model) {
        Schema schema = Schema.of(Feature.decodeRaw("data", DType.FLOAT64, FEATURES), Feature.int64("labels"));
        Flux<ColumnBatch> batches = DirectoryChannel.of(directory.resolve("train"))
                .shuffle(42)
                .objects()
                .transform(TfRecords.decodeObjects())
                .transform(shuffle(64, 42))
                .transform(repeat(3))
                .transform(prefetch(10))
                .transform(mapAndBatch(64, 2, schema.batches()));

        Fingerprint job = Fingerprint.of("train", "s3://bucket/train/")
                .with("schema", schema.toString())
                .with("seed", 42)
                .with("batch", 64);
        try (Checkpoints checkpoints = Checkpoints.directory(kept, job).everySteps(5)) {
            Optional<Checkpoint> last = checkpoints.latest();
            last.ifPresent(checkpoint -> model.restore(checkpoint.state()));
            long step = last.map(Checkpoint::step).orElse(0L);
            Flux<ColumnBatch> rest = last.map(checkpoint -> batches.contextWrite(Pass.resumeAt(checkpoint.resumeAt())))
                    .orElse(batches);
            for (ColumnBatch batch : rest.toIterable(1)) {
                model.fit(batch);
                checkpoints.saveIfDue(++step, batch.resumeAt(), model::toBytes);
            }
            checkpoints.saveLast(model::toBytes);
        }
        return model.toBytes();
    }

    @Test
    void whateverStepItFailsAfterItEndsWithTheSameModel() {
        byte[] uninterrupted = train(directory.resolve("whole"), new Model(Integer.MAX_VALUE));
        assertThat(train(directory.resolve("whole"), new Model(0))).isEqualTo(uninterrupted);
        for (int steps = 0; steps < 24; steps++) { // 1,500 records make 24 batches
            Path kept = directory.resolve("kept-" + steps);
            Model first = new Model(steps);
            assertThatIllegalStateException().isThrownBy(() -> train(kept, first));
            assertThat(train(kept, new Model(Integer.MAX_VALUE)))
                    .as("after " + steps)
                    .isEqualTo(uninterrupted);
        }
    }
}
