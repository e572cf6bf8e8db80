package io.pipeflux.samples.training;

import static io.pipeflux.core.PipeOperators.mapAndBatch;
import static io.pipeflux.core.PipeOperators.prefetch;
import static io.pipeflux.core.PipeOperators.repeat;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.pipe.PipeChannels;
import io.pipeflux.core.pipe.PipeOptions;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.s3.PipeAgent;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/** The training loop over the channels {@code train} and {@code eval}: the pipeline that this library is for. */
final class TrainingJob {

    private final PipeChannels channels;
    private final FrameFormat<RawRecord> format;
    private final TrainingOptions options;
    private final PrintWriter out;
    private final Schema schema;
    private final LogisticModel model;
    private final AtomicLong trainingBytes = new AtomicLong();
    private final Sinks.Empty<ColumnBatch> agentFailure = Sinks.empty();
    private @Nullable PipeAgent agent;

    TrainingJob(PipeOptions pipes, FrameFormat<RawRecord> format, TrainingOptions options, PrintWriter out) {
        this.channels = PipeChannels.create(pipes);
        this.format = format;
        this.options = options;
        this.out = out;
        this.schema = Schema.of(Feature.decodeRaw("data", DType.FLOAT64, options.features), Feature.int64("labels"));
        this.model = new LogisticModel(options.features);
    }

    /** The agent to run beside the training; without one, another process fills the pipes. */
    TrainingJob agent(PipeAgent agent) {
        this.agent = agent;
        return this;
    }

    private Flux<ColumnBatch> batches(Flux<ByteBuffer> channel, int epochs) {
        return channel.transform(format.decode())
                .transform(repeat(epochs))
                .transform(prefetch(TrainingOptions.PREFETCH))
                .transform(mapAndBatch(TrainingOptions.BATCH, TrainingOptions.PARALLEL_BATCHES, schema.batches()))
                .takeUntilOther(agentFailure.asMono()); // without its agent a reader would wait for a pipe
    }

    /**
     * Trains, evaluates, keeps the model, prints the summary.
     *
     * @param models keeps the model, or null
     * @param expected the sums of the columns of one epoch, or null if nobody knows them
     * @return the exit code: 1 if the sums differ
     */
    int run(@Nullable ModelStore models, @Nullable ColumnSums expected) throws Exception {
        Disposable running = agent == null ? () -> {} : agent.run().subscribe(done -> {}, agentFailure::tryEmitError);
        Summary summary = new Summary(new ColumnSums(options.features), expected);
        try {
            summary.accuracyBefore = evaluate();
            train(summary);
            summary.accuracyAfter = evaluate();
        } finally {
            running.dispose();
        }
        if (models != null) {
            summary.modelUri = models.save(model);
            summary.modelReadBack = models.load().equals(model);
        }
        summary.print(out);
        return summary.isGood() ? 0 : 1;
    }

    private void train(Summary summary) {
        Flux<ByteBuffer> channel =
                channels.channel("train").doOnNext(chunk -> trainingBytes.addAndGet(chunk.remaining()));
        long start = System.nanoTime();
        long evaluating = 0;
        try (Progress progress = Progress.of("training", options.steps, out);
                Stream<ColumnBatch> batches =
                        batches(channel, options.epochs).take(options.steps).toStream(1)) {
            Iterator<ColumnBatch> each = batches.iterator(); // asks for the next when this one is done with
            while (each.hasNext()) {
                ColumnBatch batch = each.next();
                if (summary.steps() == 0) {
                    summary.firstBatchNanos = System.nanoTime() - start;
                }
                summary.trained(batch, model.fit(batch));
                progress.step("loss %.4f".formatted(summary.loss()));
                if (summary.steps() == (options.steps + 1) / 2) {
                    long evaluationStart = System.nanoTime();
                    summary.accuracyHalfWay = evaluate(); // the training pipe waits meanwhile
                    evaluating = System.nanoTime() - evaluationStart;
                }
            }
        }
        summary.trainingNanos = System.nanoTime() - start - evaluating;
        summary.trainingBytes = trainingBytes.get();
    }

    private double evaluate() {
        LogisticModel.Score none = new LogisticModel.Score(0, 0);
        return batches(channels.channel("eval"), 1)
                .take(options.evalSteps)
                .reduce(none, (sum, batch) -> sum.plus(model.score(batch)))
                .blockOptional()
                .orElse(none)
                .accuracy();
    }
}
