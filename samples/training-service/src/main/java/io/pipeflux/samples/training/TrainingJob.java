package io.pipeflux.samples.training;

import io.pipeflux.core.Pass;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.s3.PipeAgent;
import io.pipeflux.samples.training.container.Checkpoints;
import io.pipeflux.samples.training.container.Checkpoints.Checkpoint;
import io.pipeflux.samples.training.input.EvalInput;
import io.pipeflux.samples.training.input.Hyperparameters;
import io.pipeflux.samples.training.input.InputChannels;
import io.pipeflux.samples.training.input.TrainInput;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Iterator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/** The training loop: takes batches, one after the other, and learns. */
final class TrainingJob {

    private final InputChannels channels;
    private final TrainInput trainInput;
    private final @Nullable EvalInput evalInput;
    private final TrainingOptions options;
    private final Hyperparameters parameters;
    private final PrintWriter out;
    private final Sinks.Empty<ColumnBatch> agentFailure = Sinks.empty();
    private LogisticModel model;
    private @Nullable PipeAgent agent;
    private @Nullable Checkpoints checkpoints;
    private @Nullable ModelStore models;

    /**
     * A job.
     *
     * @param evalInput null: nothing is evaluated
     * @param parameters what the inputs are told beside the options
     */
    TrainingJob(
            InputChannels channels,
            TrainInput trainInput,
            @Nullable EvalInput evalInput,
            TrainingOptions options,
            Hyperparameters parameters,
            PrintWriter out) {
        this.channels = channels;
        this.trainInput = trainInput;
        this.evalInput = evalInput;
        this.options = options;
        this.parameters = options.asParameters(parameters);
        this.out = out;
        this.model = LogisticModel.untrained(options.features);
    }

    /** The agent to run beside the training; without one, another process fills the pipes, or there are none. */
    TrainingJob agent(PipeAgent agent) {
        this.agent = agent;
        return this;
    }

    /** Where the model so far is kept, and where the job goes on from if there is one. By default nowhere. */
    TrainingJob checkpoints(Checkpoints checkpoints) {
        this.checkpoints = checkpoints;
        return this;
    }

    /** What keeps the model. By default nobody. */
    TrainingJob models(@Nullable ModelStore models) {
        this.models = models;
        return this;
    }

    /**
     * Trains, evaluates, keeps the model, prints the summary.
     *
     * @param expected the sums of the columns of one epoch, or null if nobody knows them
     * @return what it did
     */
    Summary run(@Nullable ColumnSums expected) throws IOException {
        Summary summary = new Summary(new ColumnSums(options.features), expected);
        Checkpoint start = checkpoints == null ? null : checkpoints.last();
        if (start != null) {
            out.printf("resuming behind step %,d at %s, from %s%n", start.step(), start.resumeAt(), checkpoints);
            model = LogisticModel.of(start.weights(), start.squares());
            summary.resumed(start.resumeAt());
        }
        Disposable running = agent == null ? () -> {} : agent.run().subscribe(done -> {}, agentFailure::tryEmitError);
        try {
            summary.accuracyBefore = evaluate(summary);
            train(summary, start);
            summary.accuracyAfter = evaluate(summary);
            summary.trainedAt = System.nanoTime();
        } finally {
            running.dispose();
        }
        if (models != null) {
            summary.modelUri = models.save(model);
            summary.modelReadBack = models.load().equals(model);
        }
        summary.print(out);
        return summary;
    }

    private void train(Summary summary, @Nullable Checkpoint from) throws IOException {
        int firstStep = from == null ? 0 : from.step();
        Flux<ColumnBatch> input = trainInput
                .trainBatches(channels, parameters)
                .takeUntilOther(agentFailure.asMono()) // without its agent a reader would wait for a pipe
                .take(Math.max(0, options.steps - firstStep))
                .contextWrite(from == null ? context -> context : Pass.resumeAt(from.resumeAt()));
        long bytesBefore = channels.bytesRead();
        long start = System.nanoTime();
        long evaluating = 0;
        long evaluatedBytes = 0;
        try (Progress progress = Progress.of("training", options.steps - firstStep, out);
                Stream<ColumnBatch> batches = input.toStream(1)) {
            Iterator<ColumnBatch> each = batches.iterator(); // asks for the next when this one is done with
            for (int step = firstStep + 1; each.hasNext(); step++) {
                ColumnBatch batch = each.next();
                summary.batchHasCome();
                if (summary.steps() == 0) {
                    summary.firstBatchNanos = System.nanoTime() - start;
                }
                summary.trained(batch, model.fit(batch));
                progress.step("loss %.4f".formatted(summary.loss()));
                keep(step, batch.resumeAt());
                if (step == (options.steps + 1) / 2) {
                    long evaluationStart = System.nanoTime();
                    long evaluationBytes = channels.bytesRead();
                    summary.accuracyHalfWay = evaluate(summary); // the training pipe waits meanwhile
                    evaluating = System.nanoTime() - evaluationStart;
                    evaluatedBytes = channels.bytesRead() - evaluationBytes;
                }
            }
        }
        summary.trainingNanos = System.nanoTime() - start - evaluating;
        summary.trainingBytes = channels.bytesRead() - bytesBefore - evaluatedBytes;
    }

    private void keep(int step, ResumePoint next) throws IOException {
        if (checkpoints != null && step % options.checkpointSteps == 0) {
            checkpoints.save(new Checkpoint(step, next, model.weights(), model.squares()));
        }
    }

    private double evaluate(Summary summary) {
        if (evalInput == null) {
            return Double.NaN;
        }
        LogisticModel.Score none = new LogisticModel.Score(0, 0);
        return evalInput
                .evalBatches(channels, parameters)
                .takeUntilOther(agentFailure.asMono())
                .take(options.evalSteps)
                .doOnNext(batch -> summary.batchHasCome())
                .reduce(none, (sum, batch) -> sum.plus(model.score(batch)))
                .blockOptional()
                .orElse(none)
                .accuracy();
    }
}
