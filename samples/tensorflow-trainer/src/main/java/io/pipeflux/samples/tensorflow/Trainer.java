package io.pipeflux.samples.tensorflow;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.repeat;

import io.pipeflux.core.pipe.PipeChannels;
import io.pipeflux.core.pipe.PipeOptions;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.samples.tensorflow.LinearClassifier.Metrics;
import io.pipeflux.samples.training.UntilFailure;
import io.pipeflux.tensorflow.TensorFlowColumns;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * Trains and evaluates the classifier on the channels {@code train} and {@code eval} of a directory with the layout of
 * {@code /opt/ml}.
 */
final class Trainer implements AutoCloseable {

    private static final int PREFETCH = 10;
    private static final int PARALLEL_BATCHES = 2;
    private static final int LINES = 10;

    private final Plan plan;
    private final PipeChannels channels;
    private final Publisher<?> failure;
    private final PrintWriter out;
    private final TensorFlowColumns columns = TensorFlowColumns.create();
    private final LinearClassifier classifier;
    private final Schema schema;

    /**
     * @param failure signals an error if the agent that fills the pipes has failed. Otherwise, it emits nothing and
     *     never completes
     */
    Trainer(Plan plan, Path mlRoot, Publisher<?> failure, PrintWriter out) {
        this.plan = plan;
        this.channels = PipeChannels.create(PipeOptions.mlRoot(mlRoot));
        this.failure = failure;
        this.out = out;
        this.schema = Schema.of(
                        Feature.decodeRaw(LinearClassifier.DATA, DType.FLOAT64, plan.features()),
                        Feature.int64("labels"))
                .withAllocator(columns);
        this.classifier = new LinearClassifier(columns, plan.features());
    }

    private Flux<ColumnBatch> trainInput() {
        return input("train", plan.epochs());
    }

    private Flux<ColumnBatch> evalInput() {
        return input("eval", 1);
    }

    private Flux<ColumnBatch> input(String channel, int epochs) {
        return channels.channel(channel)
                .transform(TfRecords.decode())
                .transform(repeat(epochs))
                .transform(prefetch(PREFETCH))
                .transform(mapAndBatch(plan.batch(), PARALLEL_BATCHES, schema.batches()))
                .transform(UntilFailure.of(
                        Flux.from(failure).then())); // without the agent, a reader would wait for a pipe forever
    }

    /** Trains the classifier. Returns the number of steps. */
    long train() {
        long start = System.nanoTime();
        long[] steps = {0};
        forEach(trainInput().take(plan.steps()), batch -> {
            Metrics metrics = classifier.train(batch);
            if (++steps[0] % Math.max(1, plan.steps() / LINES) == 0) {
                out.printf(Locale.ROOT, "step %,d: loss %.4f%n", steps[0], metrics.loss());
            }
            return metrics;
        });
        double seconds = (System.nanoTime() - start) / 1e9;
        out.printf(Locale.ROOT, "trained %,d steps in %.2f s, %.0f a second%n", steps[0], seconds, steps[0] / seconds);
        return steps[0];
    }

    Metrics evaluate() {
        Metrics metrics = forEach(evalInput().take(plan.evaluationSteps()), classifier::evaluate);
        out.printf(
                Locale.ROOT,
                "evaluated %,d rows: accuracy %.4f, loss %.4f%n",
                metrics.rows(),
                metrics.accuracy(),
                metrics.loss());
        return metrics;
    }

    /** Runs a step for each batch, and releases the batch after the step. Returns the means over all rows. */
    private Metrics forEach(Flux<ColumnBatch> batches, Function<ColumnBatch, Metrics> step) {
        long rows = 0;
        double loss = 0;
        double accuracy = 0;
        try (Stream<ColumnBatch> stream = batches.toStream(1)) {
            for (ColumnBatch batch : (Iterable<ColumnBatch>) stream::iterator) {
                Metrics metrics = step.apply(batch);
                batch.release();
                rows += metrics.rows();
                loss += metrics.loss() * metrics.rows();
                accuracy += metrics.accuracy() * metrics.rows();
            }
        }
        return new Metrics(rows, loss / rows, accuracy / rows);
    }

    void save(Path directory) throws IOException {
        classifier.save(directory);
    }

    /** Returns whether a saved model and this model make exactly the same predictions for one evaluation batch. */
    boolean predictsAs(Path savedModel) {
        ColumnBatch batch = evalInput().blockFirst();
        if (batch == null) {
            throw new IllegalStateException("expected a batch to predict, but got an empty channel");
        }
        boolean equal = Arrays.equals(classifier.predict(batch), LinearClassifier.predict(savedModel, columns, batch));
        batch.release();
        return equal;
    }

    @Override
    public void close() {
        classifier.close();
    }
}
