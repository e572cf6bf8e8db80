package io.pipeflux.samples.training.service;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.repeat;

import io.micrometer.observation.ObservationRegistry;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipeException;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.agent.AgentChannel;
import io.pipeflux.core.agent.PipeAgent;
import io.pipeflux.core.job.Checkpoint;
import io.pipeflux.core.job.Checkpoints;
import io.pipeflux.core.job.Fingerprint;
import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.example.Schema;
import io.pipeflux.s3.S3Channels;
import io.pipeflux.s3.S3ReadOptions;
import io.pipeflux.samples.training.LogisticModel.Score;
import io.pipeflux.samples.training.input.InputChannels;
import io.pipeflux.samples.training.input.InputMode;
import io.pipeflux.samples.training.modes.ChannelDownload;
import io.pipeflux.samples.training.service.JobRequest.Mode;
import io.pipeflux.samples.training.service.Trainer.Learner;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * A run of a job, starting from the job's latest checkpoint. A run consists of the agent that fills the pipes, the
 * pipeline that reads the pipes, and the training. All three end together.
 *
 * <pre>{@code
 *   S3 -> agent -> pipes -> decode, repeat, prefetch, mapAndBatch -> gate -> fit -> checkpoint
 * }</pre>
 *
 * <p>The next batch is requested when the training step of the previous batch is done. Blocking tasks run on the run's
 * own thread, one after another.
 */
final class JobRun {

    static final int WINDOW_BYTES = 16 << 20;
    static final int QUEUED_RECORDS = 256;

    private static final int PART_BYTES = 4 << 20;
    private static final int PARALLEL_BATCHES = 2;

    private final Job job;
    private final JobRequest request;
    private final JobDirectory directory;
    private final JobFigures figures;
    private final Trainer trainer;
    private final ColumnAllocator columns;
    private final S3AsyncClient client;
    private final Duration checkpointEvery;
    private final RunObservations observations;

    private final JobMonitors monitors;
    private final Download downloaded = new Download();
    private final Gate gate = new Gate();
    private final Sinks.Empty<Void> stop = Sinks.empty();
    private final Sinks.Empty<Void> agentFailed = Sinks.empty();
    private final Sinks.Empty<Void> agentStop = Sinks.empty();
    private final Sinks.Empty<Void> agentEnded = Sinks.empty();
    private final OneThread thread;

    private final WorkTime trainingTime = new WorkTime();
    private final WorkTime evaluationTime = new WorkTime();

    private volatile JobPhase phase = JobPhase.list;
    private volatile boolean saving;
    private volatile @Nullable PipelineView view;
    private @Nullable PipelineView trainingView; // used when a phase begins, and phases follow one another
    private volatile boolean keep;
    private volatile @Nullable Long resumedFrom;
    // these fields are used only on the run's own thread
    private @Nullable Checkpoints checkpoints;
    private @Nullable Learner learner;
    private @Nullable InputChannels inputs;
    private @Nullable ResumePoint start;
    private @Nullable ResumePoint reached;

    JobRun(
            Job job,
            JobRequest request,
            Trainer trainer,
            S3AsyncClient client,
            Duration checkpointEvery,
            ObservationRegistry observations) {
        this.job = job;
        this.request = request;
        this.directory = job.directory;
        this.figures = job.figures;
        this.trainer = trainer;
        this.columns = trainer.columns();
        this.client = client;
        this.checkpointEvery = checkpointEvery;
        this.observations = new RunObservations(observations, job.id, request);
        this.monitors = new JobMonitors(job.id, request);
        this.thread = new OneThread("pipeflux-job-" + job.id);
    }

    RunObservations observations() {
        return observations;
    }

    JobMonitors monitors() {
        return monitors;
    }

    JobPhase phase() {
        return saving ? JobPhase.checkpoint : phase;
    }

    /** Returns the view of the current phase's pipeline, or null if the phase has no pipeline. */
    @Nullable
    PipelineView view() {
        return view;
    }

    Download downloaded() {
        return downloaded;
    }

    /**
     * Begins a phase. After an evaluation, the training's view is used again, so its figures continue. Each evaluation
     * has a new view, so its figures begin at zero.
     */
    private void begin(JobPhase next) {
        if (next == JobPhase.train) {
            trainingView =
                    trainingView == null ? view(monitors.agent(), monitors.reader(), trainingTime) : trainingView;
            view = trainingView;
        } else if (next == JobPhase.evaluate) {
            view = view(monitors.evalAgent(), monitors.eval(), evaluationTime);
        }
        phase = next;
    }

    private PipelineView view(PipelineMonitor agent, PipelineMonitor reader, WorkTime work) {
        return new PipelineView(agent, reader, work, request, WINDOW_BYTES, QUEUED_RECORDS);
    }

    /** Returns the step of the checkpoint from which this run was resumed, or null. */
    @Nullable
    Long resumedFrom() {
        return resumedFrom;
    }

    /** Stops requesting batches, and saves a checkpoint. */
    void pause() {
        gate.close();
        onOwn(this::saveLast).subscribe(saved -> {}, e -> job.log.add("the checkpoint of the pause failed: " + e));
    }

    void resume() {
        gate.open();
    }

    /**
     * Ends the run early. The Mono of {@link #run} then emits false.
     *
     * @param keepState whether to save a checkpoint of the latest step
     */
    void stop(boolean keepState) {
        keep = keepState;
        stop.tryEmitEmpty();
    }

    /**
     * Returns a Mono that runs the job. It must be subscribed to only once, and emits its value after all threads,
     * pipes and connections of the run have been released.
     *
     * @return true if the job was trained to its end, false if it was stopped
     */
    Mono<Boolean> run() {
        Mono<Void> early = Mono.firstWithSignal(stop.asMono(), agentFailed.asMono());
        Mono<Boolean> body = dataHash()
                .flatMap(hash -> onOwn(() -> begin(hash)))
                .then(Mono.defer(this::download))
                .then(Mono.defer(this::train))
                .thenReturn(true)
                .onErrorResume(PipeException.class, this::cause);
        // not takeUntilOther, which does not cancel the body if the agent fails
        Mono<Boolean> first = Mono.firstWithSignal(early.thenReturn(false), body);
        return Mono.usingWhen(Mono.just(this), run -> first, JobRun::end).doFinally(signal -> thread.shutdown());
    }

    /**
     * Returns a Mono that fails with the agent's error if the agent has failed, and otherwise with {@code e}. A failing
     * agent ends all pipes, so the error of a pipe may arrive before the agent's own error.
     */
    private Mono<Boolean> cause(PipeException e) {
        return this.<Void>onOwn(this::stopAgent)
                .then(agentEnded.asMono())
                .then(Mono.firstWithSignal(agentFailed.asMono(), Mono.error(e)))
                .thenReturn(false);
    }

    private <T> Mono<T> onOwn(Callable<@Nullable T> work) {
        return Mono.<T>fromCallable(work).subscribeOn(thread.scheduler());
    }

    private Flux<ObjectBytes> objects(ChannelSpec channel) {
        S3ReadOptions options =
                S3ReadOptions.defaults().windowBytes(WINDOW_BYTES).partSize(PART_BYTES);
        return S3Channels.prefix(client, channel.uri(), options).objects();
    }

    /**
     * Lists the data of all channels, so that a job with a wrong channel fails immediately. Returns the hash of the
     * training data. The hash is part of the job's fingerprint, so that the job is not resumed after these data have
     * changed.
     */
    private Mono<DataHash> dataHash() {
        ChannelSpec eval = request.eval();
        Mono<DataHash> train = DataHash.of(objects(request.train()));
        return eval == null
                ? train.doOnNext(data -> downloaded.size(data.bytes()))
                : DataHash.of(objects(eval))
                        .flatMap(other -> train.doOnNext(data -> downloaded.size(data.bytes() + other.bytes())));
    }

    private @Nullable Void begin(DataHash data) throws IOException {
        directory.deleteMl();
        figures.size(data.bytes(), request.epochs());
        UnchangedData unchanged = new UnchangedData(data);
        Fingerprint fingerprint = Fingerprint.of("trainer", request.trainer())
                .with("channel train", request.train().uri())
                .with("data of train", unchanged.description())
                .with("mode", request.mode().name())
                .with("batch", request.batchSize())
                .with("schema", Json.text(request.schema()))
                .with("hyper-parameters", Json.text(request.hyperParameters()));
        Checkpoints kept =
                Checkpoints.directory(directory.checkpoints(), fingerprint).every(checkpointEvery);
        checkpoints = kept;
        Checkpoint found = unchanged.latest(kept, directory, job.log);
        byte[] state = null;
        if (found == null) {
            figures.restart(job.seconds());
        } else {
            state = figures.resume(found.step(), found.state(), job.seconds());
            start = found.resumeAt();
            resumedFrom = found.step();
            job.log.add("goes on after step " + found.step() + " at "
                    + found.resumeAt().position());
            job.saved(view(found.step(), found.resumeAt()));
        }
        learner = trainer.learner(request.schema(), request.hyperParameters(), state);
        InputMode mode = request.mode() == Mode.pipe ? InputMode.PIPE : InputMode.FILE;
        Map<String, InputMode> modes = new HashMap<>();
        request.channels().keySet().forEach(channel -> modes.put(channel, mode));
        inputs = InputChannels.of(directory.ml(), modes);
        if (mode == InputMode.PIPE) {
            startAgent(unchanged);
        } else {
            agentEnded.tryEmitEmpty();
        }
        return null;
    }

    private void startAgent(UnchangedData data) {
        PipeAgent agent = PipeAgent.at(directory.ml())
                .stopWhen(agentStop.asMono())
                .channel(AgentChannel.of(JobRequest.TRAIN, data.require(objects(request.train())))
                        .content(data.description())
                        .monitor(monitors.agent()));
        ChannelSpec eval = request.eval();
        if (eval != null) {
            agent = agent.channel(
                    AgentChannel.of(JobRequest.EVAL, objects(eval)).monitor(monitors.evalAgent()));
        }
        agent.run()
                .doFinally(signal -> agentEnded.tryEmitEmpty())
                .subscribe(done -> {}, e -> agentFailed.tryEmitError(e));
    }

    private Mono<Void> download() {
        if (request.mode() == Mode.pipe) {
            return Mono.empty();
        }
        begin(JobPhase.download);
        Path data = directory.ml().resolve("input/data");
        job.log.add("downloads the data");
        return Flux.fromIterable(request.channels().entrySet())
                .concatMap(channel -> ChannelDownload.of(
                        client, channel.getValue().uri(), data.resolve(channel.getKey()), downloaded::add))
                .reduce(Long::sum)
                .doOnNext(bytes -> job.log.add("downloaded " + bytes + " bytes"))
                .then();
    }

    private Mono<Void> train() {
        begin(JobPhase.train);
        figures.idle(job.seconds()); // the first epoch begins here, not at the download
        observations.beginEpoch(figures.epoch());
        ResumePoint from = start;
        Flux<ColumnBatch> batches = batches(JobRequest.TRAIN, request.train(), request.epochs())
                .contextWrite(monitors.reader().watch())
                .contextWrite(from == null ? context -> context : Pass.resumeAt(from));
        return batches.concatMap(this::step, 0).then(Mono.defer(this::finish));
    }

    private Flux<ColumnBatch> batches(String channel, ChannelSpec spec, int epochs) {
        InputChannels given = given(inputs);
        Flux<RawRecord> records = given.records(channel, spec.frames());
        Schema schema = ColumnSpec.schema(request.schema()).withAllocator(columns);
        return records.transform(repeat(epochs))
                .transform(prefetch(QUEUED_RECORDS))
                .transform(mapAndBatch(request.batchSize(), PARALLEL_BATCHES, schema.batches()));
    }

    private Mono<Void> step(ColumnBatch batch) {
        return gate.whenOpen().then(Mono.defer(() -> endEpochBefore(batch))).then(onOwn(() -> fit(batch)));
    }

    private @Nullable Void fit(ColumnBatch batch) {
        Learner model = given(learner);
        figures.add(trainingTime.measure(() -> model.fit(batch)), job.seconds());
        long step = figures.step();
        reached = batch.resumeAt();
        if (given(checkpoints).saveIfDue(step, batch.resumeAt(), this::state)) {
            job.saved(view(step, batch.resumeAt()));
        } else if (!gate.isOpen()) {
            // this step's batch passed the gate before pause() closed it, so the checkpoint that pause() saved may be
            // older than this step
            saveLast();
        }
        saving = false;
        return null;
    }

    /** Returns the state to save in a checkpoint. Called only when a checkpoint is saved. */
    private byte[] state() {
        saving = true;
        return figures.state(given(learner).state());
    }

    private static CheckpointView view(long step, ResumePoint at) {
        return new CheckpointView(
                step,
                at.position().toString(),
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    }

    /** Ends the current epoch if the batch belongs to a later epoch. */
    private Mono<Void> endEpochBefore(ColumnBatch batch) {
        long epoch = batch.resumeAt().position().epoch();
        return epoch > figures.epoch() ? endEpoch(epoch) : Mono.empty();
    }

    private Mono<Void> endEpoch(long next) {
        ChannelSpec eval = request.eval();
        Mono<Score> score = eval == null
                ? Mono.empty()
                : batches(JobRequest.EVAL, eval, 1)
                        .contextWrite(monitors.eval().watch())
                        .concatMap(
                                batch -> onOwn(() -> evaluationTime.measure(
                                        () -> given(learner).score(batch))),
                                0)
                        .reduce(Score.NONE, Score::plus)
                        .doFirst(() -> begin(JobPhase.evaluate))
                        .doOnSuccess(whole -> begin(JobPhase.train));
        return score.map(JobRun::accuracy)
                .map(accuracy -> figures.endEpoch(accuracy, next))
                .switchIfEmpty(Mono.fromSupplier(() -> figures.endEpoch(null, next)))
                .flatMap(ended -> onOwn(() -> {
                    observations.endEpoch("done");
                    if (next < request.epochs()) {
                        observations.beginEpoch(next);
                    }
                    job.log.add("epoch " + ended.epoch() + ": " + ended.records() + " records, loss " + ended.loss()
                            + ", accuracy " + ended.accuracy());
                    return (Void) null;
                }));
    }

    private static double accuracy(Score score) {
        if (score.rows() == 0) {
            throw new IllegalArgumentException("expected a record in the channel eval, but it ended without one");
        }
        return score.accuracy();
    }

    private Mono<Void> finish() {
        if (figures.step() == 0) {
            return Mono.error(
                    new IllegalArgumentException("expected a record in the channel train, but it ended without one"));
        }
        boolean open = figures.epoch() < request.epochs();
        return (open ? endEpoch(request.epochs()) : Mono.<Void>empty()).then(onOwn(() -> {
            saveLast();
            saving = true;
            directory.saveModel(given(learner).model());
            return null;
        }));
    }

    private @Nullable Void saveLast() {
        if (checkpoints != null && learner != null && checkpoints.saveLast(this::state)) {
            job.log.add("saved a checkpoint of step " + figures.step());
            job.saved(view(figures.step(), given(reached)));
        }
        saving = false;
        return null;
    }

    private Mono<Void> end() {
        Mono<Void> kept = keep ? this.<Void>onOwn(this::saveLast) : Mono.empty();
        return kept.onErrorResume(e -> {
                    job.log.add("the last checkpoint failed: " + e);
                    return Mono.empty();
                })
                // stops the agent on the run's own thread, which first completes the current training task
                .then(onOwn(this::stopAgent))
                .then(agentEnded.asMono())
                .then(onOwn(this::close));
    }

    private @Nullable Void stopAgent() {
        agentStop.tryEmitEmpty();
        if (inputs == null) {
            agentEnded.tryEmitEmpty(); // no agent was started, so do not wait for one
        }
        return null;
    }

    private @Nullable Void close() throws IOException {
        try {
            if (learner != null) {
                learner.close();
            }
        } finally {
            if (checkpoints != null) {
                checkpoints.close();
            }
            directory.deleteMl();
        }
        return null;
    }

    private static <T> T given(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("expected a run that has begun");
        }
        return value;
    }
}
