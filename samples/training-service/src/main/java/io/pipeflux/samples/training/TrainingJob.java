package io.pipeflux.samples.training;

import io.pipeflux.core.Pass;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.agent.PipeAgent;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.samples.training.JobCheckpoints.Start;
import io.pipeflux.samples.training.input.EvalInput;
import io.pipeflux.samples.training.input.Hyperparameters;
import io.pipeflux.samples.training.input.InputChannels;
import io.pipeflux.samples.training.input.TrainInput;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Iterator;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/** Runs the training loop: requests one batch after another, and fits the model to each batch. */
final class TrainingJob {

    private final InputChannels channels;
    private final TrainInput trainInput;
    private final @Nullable EvalInput evalInput;
    private final TrainingOptions options;
    private final Hyperparameters parameters;
    private final PrintWriter out;
    private final Sinks.Empty<ColumnBatch> agentFailure = Sinks.empty();
    private LogisticModel model;
    private final Stop stop;
    private @Nullable PipeAgent agent;
    private @Nullable JobCheckpoints checkpoints;
    private @Nullable ModelStore models;
    private boolean trainMayBeEmpty;
    private boolean evalMayBeEmpty;
    private volatile int step;
    private volatile int keptStep;

    /**
     * Creates a job.
     *
     * @param evalInput the input for evaluations, or null for no evaluations
     * @param parameters passed to the inputs, in addition to the options
     * @param stop ends the training early
     */
    TrainingJob(
            InputChannels channels,
            TrainInput trainInput,
            @Nullable EvalInput evalInput,
            TrainingOptions options,
            Hyperparameters parameters,
            Stop stop,
            PrintWriter out) {
        this.channels = channels;
        this.trainInput = trainInput;
        this.evalInput = evalInput;
        this.options = options;
        this.parameters = options.asParameters(parameters);
        this.stop = stop;
        this.out = out;
        this.model = LogisticModel.untrained(options.features);
    }

    /**
     * Sets the agent to run during the training. By default, there is no agent, and another process must fill the
     * pipes.
     */
    TrainingJob agent(PipeAgent agent) {
        this.agent = agent;
        return this;
    }

    /**
     * Sets where the job saves its checkpoints. If checkpoints have already been saved there, the job resumes from the
     * latest one. By default, the job saves no checkpoints.
     */
    TrainingJob checkpoints(@Nullable JobCheckpoints checkpoints) {
        this.checkpoints = checkpoints;
        return this;
    }

    /**
     * Sets whether this host's share of a channel may have no records. By default, a share without records is a
     * failure.
     */
    TrainingJob mayBeEmpty(boolean train, boolean eval) {
        trainMayBeEmpty = train;
        evalMayBeEmpty = eval;
        return this;
    }

    /** Sets where to store the trained model. By default, the model is not stored. */
    TrainingJob models(@Nullable ModelStore models) {
        this.models = models;
        return this;
    }

    /**
     * Trains, evaluates, stores the model and prints the summary. If a stop is requested, the job finishes the current
     * step, saves a checkpoint and skips everything else.
     *
     * @param expected the expected column sums of one epoch, or null if they are unknown
     * @return a summary of the job
     * @throws JobException if the training input or the evaluation input had no batches, unless {@link #mayBeEmpty}
     *     permits this
     */
    Summary run(@Nullable ColumnSums expected) throws IOException {
        Summary summary = new Summary(new ColumnSums(options.features), expected);
        Start start = checkpoints == null ? null : checkpoints.latest();
        if (start != null) {
            model = start.model();
            step = start.step();
            keptStep = step;
            summary.resumed(start.resumeAt());
            sayWhereItBegins(start);
        }
        stop.waitFor(checkpoints == null ? Duration.ZERO : Duration.ofSeconds(options.stopWithin), this::loss);
        Disposable running = agent == null ? () -> {} : agent.run().subscribe(done -> {}, agentFailure::tryEmitError);
        try {
            summary.accuracyBefore = evaluate(summary);
            train(summary, start);
            summary.accuracyAfter = evaluate(summary);
            summary.trainedAt = System.nanoTime();
        } finally {
            running.dispose();
        }
        if (stop.isRequested()) {
            summary.stopped();
            if (checkpoints != null) {
                out.println("stopped: " + kept());
            }
            return summary;
        }
        if (models != null) {
            summary.modelUri = models.save(model);
            summary.modelReadBack = models.load().equals(model);
        }
        summary.print(out);
        return summary;
    }

    private void sayWhereItBegins(Start start) {
        out.printf(
                Locale.ROOT, "resuming after step %,d at %s, from %s%n", start.step(), start.resumeAt(), checkpoints);
        if (start.step() >= options.steps) {
            out.printf(
                    Locale.ROOT,
                    "already at step %,d of %,d: nothing to train; the model is that of the checkpoint in %s."
                            + " To train another model use another --checkpoint-directory, to train on raise --steps%n",
                    start.step(),
                    options.steps,
                    checkpoints);
        }
    }

    /** Describes what would be lost if the process ended now. */
    private String loss() {
        int lost = step - keptStep;
        return step == 0
                ? "nothing was trained yet"
                : lost == 0
                        ? "nothing is lost: the newest checkpoint is of the last step"
                        : lost == step && keptStep == 0
                                ? "all " + lost + " steps are lost: there is no checkpoint"
                                : "steps " + (keptStep + 1) + " to " + step
                                        + " are lost: the newest checkpoint is of step " + keptStep;
    }

    private String kept() {
        return step == 0
                ? "before the first step: there is nothing to keep"
                : "the checkpoint of step " + step + " is in " + checkpoints
                        + "; started again, the job goes on from there; no model is written";
    }

    private void train(Summary summary, @Nullable Start from) throws IOException {
        int firstStep = from == null ? 0 : from.step();
        Flux<ColumnBatch> input = trainInput
                .trainBatches(channels, parameters)
                .transform(UntilFailure.of(agentFailure.asMono()))
                .takeUntilOther(stop.requested())
                .take(Math.max(0, options.steps - firstStep))
                .contextWrite(from == null ? context -> context : Pass.resumeAt(from.resumeAt()));
        long bytesBefore = channels.bytesRead();
        long start = System.nanoTime();
        try (Progress progress = Progress.of("training", options.steps - firstStep, out);
                Stream<ColumnBatch> batches = input.toStream(1)) {
            Iterator<ColumnBatch> each = batches.iterator(); // the next batch is requested only after the step
            for (int next = step + 1; !stop.isRequested() && hasNext(each); next++) {
                ColumnBatch batch = each.next();
                summary.batchArrived();
                if (summary.steps() == 0) {
                    summary.firstBatchNanos = System.nanoTime() - start;
                }
                summary.trained(batch, model.fit(batch));
                step = next;
                progress.step(String.format(Locale.ROOT, "loss %.4f", summary.loss()));
                if (checkpoints != null && checkpoints.saveIfDue(step, batch.resumeAt(), model)) {
                    keptStep = step;
                }
                if (step == (options.steps + 1) / 2) {
                    evaluateHalfWay(summary); // meanwhile, no training batch is requested
                }
            }
        }
        keepTheRest(summary.end());
        summary.trainingNanos = System.nanoTime() - start - summary.evaluatingNanos;
        summary.trainingBytes = channels.bytesRead() - bytesBefore - summary.evaluatedBytes;
        if (step < options.steps && !stop.isRequested()) {
            theDataHasEnded(summary);
        }
    }

    /**
     * Returns whether there is another batch. Ignores errors while the job is being stopped, because an agent that is
     * stopped at the same time ends its pipes with an error.
     */
    private boolean hasNext(Iterator<ColumnBatch> each) {
        try {
            return each.hasNext();
        } catch (RuntimeException e) {
            if (!stop.isRequested()) {
                throw e;
            }
            out.println("the data ended while the training was stopped: " + ErrorLine.of(e));
            return false;
        }
    }

    private void keepTheRest(ResumePoint next) throws IOException {
        if (checkpoints != null && step > keptStep) {
            checkpoints.save(step, next, model);
            keptStep = step;
        }
    }

    private void theDataHasEnded(Summary summary) {
        summary.dataEnded();
        if (step == 0 && trainMayBeEmpty) {
            out.println(
                    "nothing was trained: this host's share of the training data has no record; its model is untrained");
            return;
        }
        if (step == 0) {
            throw new JobException(
                    "nothing was trained: the training data ended without a record (epochs=" + options.epochs + ")");
        }
        if (summary.steps() == 0) {
            out.printf(
                    Locale.ROOT,
                    "the data had ended before step %,d, after %s: nothing to train; the model is that of the checkpoint in"
                            + " %s. To train another model use another --checkpoint-directory, to train on raise --epochs%n",
                    step + 1,
                    summary.end().position(),
                    checkpoints);
        }
    }

    private void evaluateHalfWay(Summary summary) {
        long start = System.nanoTime();
        long bytes = channels.bytesRead();
        summary.accuracyHalfWay = evaluate(summary);
        summary.evaluatingNanos = System.nanoTime() - start;
        summary.evaluatedBytes = channels.bytesRead() - bytes;
    }

    /** Evaluates the model. Returns the accuracy, or NaN if there is no evaluation input or a stop was requested. */
    private double evaluate(Summary summary) {
        if (evalInput == null || stop.isRequested()) {
            return Double.NaN;
        }
        LogisticModel.Score none = new LogisticModel.Score(0, 0);
        LogisticModel.Score score = evalInput
                .evalBatches(channels, parameters)
                .transform(UntilFailure.of(agentFailure.asMono()))
                .takeUntilOther(stop.requested())
                .take(options.evalSteps)
                .doOnNext(batch -> summary.batchArrived())
                .reduce(none, (sum, batch) -> sum.plus(model.score(batch)))
                .blockOptional()
                .orElse(none);
        if (stop.isRequested()) {
            return Double.NaN;
        }
        if (score.rows() == 0 && evalMayBeEmpty) {
            out.println("nothing was evaluated: this host's share of the evaluation data has no record");
            return Double.NaN;
        }
        if (score.rows() == 0) {
            throw new JobException("nothing was evaluated: the evaluation data ended without a record");
        }
        return score.accuracy();
    }
}
