package io.pipeflux.samples.training.service;

import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.samples.training.input.Printable;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Sinks;

/**
 * A job, whether or not it is running. Only the thread of {@link TrainingJobs} may use it. However, any thread may use
 * the log and the checkpoints.
 */
final class Job {

    private static final int MOST_CHECKPOINTS = 20;
    private static final double PERCENT = 100;
    private static final double MILLIS = 1e3;

    final String id;
    final JobDirectory directory;
    final @Nullable JobRequest request; // null if the request could not be read
    final JobFigures figures = new JobFigures();
    final JobLog log;

    /** Signals that the job has changed. Subscribers then look up the changes. */
    final Sinks.Many<Boolean> changes = Sinks.many().multicast().directBestEffort();

    /** Completes when the job has ended and its run has released all resources. */
    final Sinks.Empty<Void> ended = Sinks.empty();

    volatile JobRecord record; // also read by the run's thread

    @Nullable
    JobRun run;

    boolean cancelled;
    private final Deque<CheckpointView> checkpoints = new ArrayDeque<>();
    private final Rate download = new Rate(0);
    private LongWaits waits = new LongWaits(Duration.ZERO);
    private List<PipelineStep> pipeline = List.of();
    private long lookedAt;
    private @Nullable JobDetail detail;
    private long version;

    Job(JobDirectory directory, @Nullable JobRequest request, JobRecord record) {
        this.id = directory.id();
        this.directory = directory;
        this.request = request;
        this.record = record;
        this.log = new JobLog(directory);
    }

    /** Reads a job that an earlier process created. If the job's files cannot be read, returns a failed job. */
    static Job read(JobDirectory directory, RequestReader reader) {
        JobRequest request = null;
        JobRecord record;
        try {
            record = directory.record();
            request = reader.read(directory.request());
            Job job = new Job(directory, request, record);
            job.log.read();
            job.figures.read(directory, record);
            return job;
        } catch (IOException | RuntimeException e) { // a damaged job must not prevent the other jobs from running
            String why = "expected a job in " + directory.id() + ", but it could not be read: " + e.getMessage();
            return new Job(
                    directory, request, new JobRecord(JobState.failed, "", null, "", Printable.line(why), 0, 0, 0));
        }
    }

    void save(JobRecord next) throws IOException {
        record = next.counted(figures.records(), figures.bytes(), figures.totalBytes());
        directory.save(record);
        changed();
    }

    /** Returns the state as it is shown in messages, followed by the error if the job has failed. */
    String shownState() {
        if (cancelled && !record.state().isEnded()) {
            return "being cancelled";
        }
        String error = record.error();
        return record.state().name() + (error == null ? "" : ": " + error);
    }

    /** Returns the number of seconds since the job was started for the first time. */
    double seconds() {
        String at = record.startedAt();
        return at == null
                ? 0
                : Math.max(0, Duration.between(Instant.parse(at), Instant.now()).toMillis() / MILLIS);
    }

    /** @param stalledAfter the duration after which a wait for data is reported in the log */
    void begin(JobRun started, Duration stalledAfter) {
        run = started;
        waits = new LongWaits(stalledAfter);
        lookedAt = System.nanoTime();
    }

    void end() {
        run = null;
        pipeline = List.of();
    }

    void saved(CheckpointView checkpoint) {
        synchronized (checkpoints) {
            checkpoints.add(checkpoint);
            if (checkpoints.size() > MOST_CHECKPOINTS) {
                checkpoints.remove();
            }
        }
    }

    private List<CheckpointView> checkpoints() {
        synchronized (checkpoints) {
            return List.copyOf(checkpoints);
        }
    }

    /** Updates the figures from the run, and appends new points and epochs to the file {@code figures}. */
    void look() throws IOException {
        JobRun running = run;
        if (running == null) {
            return;
        }
        long now = System.nanoTime();
        double passed = (now - lookedAt) / (double) TimeUnit.SECONDS.toNanos(1);
        lookedAt = now;
        boolean paused = record.state() == JobState.paused;
        JobPhase phase = running.phase();
        PipelineView view = running.view();
        if (view == null) { // the training has not begun
            download.look(running.downloaded().bytes(), passed);
            pipeline = phase == JobPhase.download
                    ? List.of(PipelineStep.download(running.downloaded(), download.value()))
                    : List.of();
            figures.idle(seconds());
            waits.before(phase, running.downloaded().bytes(), now).forEach(log::add);
            changed();
            return;
        }
        pipeline = view.look(Math.min(passed, view.age(now)), phase, paused);
        PipelineMonitor reader = running.monitors().reader();
        figures.look(
                seconds(),
                paused ? 0 : passed,
                reader.bytes(),
                reader.epoch(),
                reader.epochProgress().bytes());
        waits.look(running.monitors().used()).forEach(log::add);
        if (paused) {
            figures.forgetRates();
        }
        figures.save(directory);
        changed();
    }

    /** Notifies the subscribers that the job has changed. */
    void changed() {
        detail = null;
        version++;
        changes.tryEmitNext(true);
    }

    /** Returns a number that changes with each visible change of the job. */
    long version() {
        return version;
    }

    JobView view() {
        Point newest = figures.newest();
        boolean active = run != null && record.state() == JobState.running;
        JobRun running = run;
        Map<String, String> uris = new LinkedHashMap<>();
        if (request != null) {
            request.channels().forEach((name, channel) -> uris.put(name, channel.uri()));
        }
        return new JobView(
                id,
                request == null ? null : request.name(),
                record.state(),
                running == null ? null : running.phase(),
                request == null ? null : request.trainer(),
                request == null ? null : request.mode(),
                uris,
                request == null ? Map.of() : request.hyperParameters(),
                request == null ? null : request.batchSize(),
                running == null ? null : running.resumedFrom(),
                record.createdAt(),
                record.startedAt(),
                record.endedAt(),
                request == null ? 0 : Math.min(figures.epoch(), request.epochs() - 1),
                request == null ? null : request.epochs(),
                figures.step(),
                figures.records(),
                figures.bytes(),
                newest == null ? null : newest.loss(),
                newest == null ? null : newest.accuracy(),
                active ? figures.recordsPerSecond() : null,
                active ? figures.megabytesPerSecond() : null,
                record.state() == JobState.done ? Double.valueOf(PERCENT) : figures.percent(),
                active ? figures.secondsLeft() : null,
                record.error(),
                record.state() == JobState.done && Files.exists(directory.model()) ? "/jobs/" + id + "/model" : null);
    }

    /** Returns the content of the job's page. Until the job changes, every call returns the same object. */
    JobDetail detail() {
        JobDetail current = detail;
        if (current == null) {
            current = new JobDetail(
                    view(),
                    pipeline,
                    checkpoints(),
                    figures.epochs(),
                    figures.points(),
                    null,
                    log.after(0).lines());
            detail = current;
        }
        return current;
    }

    JobDetail event() {
        return detail().forEvent(figures.newest());
    }
}
