package io.pipeflux.samples.training.service;

import io.pipeflux.samples.training.ErrorLine;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.Logger;
import reactor.util.Loggers;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * The training jobs in a directory. This class is the core of the service, and does not depend on HTTP. Each job has
 * its own subdirectory. If a process ends before its jobs do, the next process continues these jobs from their latest
 * checkpoints. Each job then produces the same model as without the interruption.
 *
 * <p>No method blocks. Everything that concerns more than one job happens on a single thread, one task after another.
 */
public final class TrainingJobs {

    private static final Logger LOG = Loggers.getLogger(TrainingJobs.class);
    private static final Duration LOOK = Duration.ofMillis(250);
    private static final Duration LIST = Duration.ofMillis(500);
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);
    private static final DateTimeFormatter ID_TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final int ID_RANDOM = 8;

    private final Path directory;
    private final S3AsyncClient client;
    private final Trainers trainers;
    private final RequestReader reader;
    private final ServiceSettings settings;
    private final ServiceMetrics metrics;
    private final OneThread thread = new OneThread("pipeflux-jobs");
    private final Map<String, Job> jobs = new LinkedHashMap<>(); // the oldest job first
    private final Sinks.Many<Boolean> changes = Sinks.many().multicast().directBestEffort();
    private final Sinks.Empty<Void> closing = Sinks.empty();
    private final Mono<Void> close = Mono.defer(this::stopAll).cache();
    private @Nullable FileChannel lock;
    private @Nullable Disposable looks;
    // a copy for the meters, which are read on another thread
    private volatile Map<JobState, Long> counts = Map.of();
    private volatile boolean closed;

    private TrainingJobs(
            Path directory, S3AsyncClient client, Trainers trainers, ServiceSettings settings, ServiceMetrics metrics) {
        this.directory = directory;
        this.client = client;
        this.trainers = trainers;
        this.reader = new RequestReader(trainers);
        this.settings = settings;
        this.metrics = metrics;
        for (JobState state : JobState.values()) {
            metrics.jobs(state, of -> counts.getOrDefault(of, 0L));
        }
    }

    /**
     * Opens a directory, and continues the jobs that have not ended. Fails if another process has the directory open.
     *
     * @param directory the directory, which is created if it does not exist
     * @param client the client of the store that all jobs read from. This class does not close the client
     * @param metrics receives the meters
     */
    public static Mono<TrainingJobs> open(
            Path directory, S3AsyncClient client, Trainers trainers, ServiceSettings settings, ServiceMetrics metrics) {
        return Mono.defer(() -> {
            TrainingJobs opened = new TrainingJobs(directory, client, trainers, settings, metrics);
            return opened.call(opened::begin).thenReturn(opened).doOnError(e -> opened.thread.shutdown());
        });
    }

    private <T> Mono<T> call(Callable<@Nullable T> work) {
        return Mono.<T>fromCallable(() -> {
                    if (closed) {
                        throw closed();
                    }
                    return work.call();
                })
                .subscribeOn(thread.scheduler())
                .onErrorMap(RejectedExecutionException.class, e -> closed());
    }

    private static RefusedException closed() {
        return RefusedException.state("a service that is open", "one that is being closed");
    }

    private @Nullable Void begin() throws IOException {
        List<Job> found = new ArrayList<>();
        try {
            Files.createDirectories(directory);
            lock = lock(directory);
            for (JobDirectory each : JobDirectory.all(directory)) {
                found.add(Job.read(each, reader));
            }
        } catch (FileSystemException e) {
            throw new IllegalArgumentException(
                    "expected a directory in which files can be made, but got " + directory + ": " + ErrorLine.of(e),
                    e);
        }
        found.sort(Comparator.comparing(job -> job.record.createdAt()));
        for (Job job : found) {
            jobs.put(job.id, job);
            if (job.record.state().isEnded()) {
                job.ended.tryEmitEmpty();
            } else if (job.record.state() == JobState.running) {
                job.log.add("the service was started again");
                job.save(job.record.with(JobState.waiting));
            }
        }
        looks = Flux.interval(LOOK)
                .onBackpressureDrop()
                .publishOn(thread.scheduler(), 1)
                .subscribe(this::look, e -> LOG.error("the jobs are no longer looked at", e));
        startWaiting();
        return null;
    }

    private static FileChannel lock(Path directory) throws IOException {
        FileChannel channel =
                FileChannel.open(directory.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // this process itself has locked the directory. This is reported in the same way as a lock of another
            // process
        } catch (IOException | RuntimeException | Error e) {
            channel.close();
            throw e;
        }
        channel.close();
        throw new IllegalArgumentException(
                "expected a directory of this service alone, but another one uses " + directory + "; name another");
    }

    private void look(long count) {
        boolean any = false;
        for (Job job : jobs.values()) {
            if (job.run != null) {
                any = true;
                try {
                    job.look();
                } catch (IOException | RuntimeException e) {
                    // a failure to save figures must not end the training
                    job.log.add("the figures could not be saved: " + e);
                }
            }
        }
        counts =
                jobs.values().stream().collect(Collectors.groupingBy(job -> job.record.state(), Collectors.counting()));
        if (any && count % LIST.dividedBy(LOOK) == 0) {
            changes.tryEmitNext(true);
        }
    }

    /** Returns the trainers that a request can name. */
    public Collection<Trainer> trainers() {
        return trainers.all();
    }

    /** Returns the limits of the service. */
    public ServiceSettings settings() {
        return settings;
    }

    /**
     * Creates a job and starts it. If the maximum number of jobs is already running, the job waits until one of them
     * ends.
     *
     * @param json the request
     * @return the job. The Mono fails with a {@link RefusedException} if the request is wrong, or if the service has
     *     reached its maximum number of jobs and none of them has ended
     */
    public Mono<JobView> submit(byte[] json) {
        return Mono.fromCallable(() -> reader.read(json)).flatMap(this::submit);
    }

    /** Creates a job as {@link #submit(byte[])} does, but from a request that has already been checked. */
    Mono<JobView> submit(JobRequest request) {
        return call(() -> {
            makeRoom();
            Instant now = Instant.now();
            String id = ID_TIME.format(now) + "-" + UUID.randomUUID().toString().substring(0, ID_RANDOM);
            JobRecord record =
                    JobRecord.created(now.truncatedTo(ChronoUnit.MILLIS).toString());
            Job job = new Job(JobDirectory.create(directory, id, request, record), request, record);
            jobs.put(id, job);
            job.log.add("created");
            startWaiting();
            changes.tryEmitNext(true);
            return job.view();
        });
    }

    private void makeRoom() throws IOException {
        if (jobs.size() < settings.kept()) {
            return;
        }
        Job oldest = jobs.values().stream()
                .filter(job -> job.record.state().isEnded() && job.run == null)
                .min(Comparator.comparing(job -> String.valueOf(job.record.endedAt())))
                .orElseThrow(
                        () -> RefusedException.full("fewer than " + settings.kept() + " jobs that have not ended"));
        delete(oldest);
    }

    private void delete(Job job) throws IOException {
        job.directory.delete();
        jobs.remove(job.id);
        changes.tryEmitNext(true);
    }

    /** Returns all jobs, the newest first. */
    public Mono<List<JobView>> jobs() {
        return call(this::list);
    }

    private List<JobView> list() {
        List<JobView> all =
                new ArrayList<>(jobs.values().stream().map(Job::view).toList());
        Collections.reverse(all);
        return all;
    }

    /** Returns a job. The Mono fails with a {@link RefusedException} if there is no job with this ID. */
    public Mono<JobDetail> job(String id) {
        return call(() -> find(id).detail());
    }

    private Job find(String id) {
        Job job = jobs.get(id);
        if (job == null) {
            throw RefusedException.unknown(id);
        }
        return job;
    }

    /** Returns the model file of a completed job. */
    public Mono<Path> model(String id) {
        return call(() -> {
            Job job = find(id);
            if (job.record.state() != JobState.done) {
                throw RefusedException.state("a job that is done", "one that is " + job.record.state());
            }
            return job.directory.model();
        });
    }

    /**
     * Pauses a job until it is resumed. A running job requests no more data. A job that is waiting to be started is not
     * started.
     */
    public Mono<JobView> pause(String id) {
        return call(() -> {
            Job job = find(id);
            JobState state = job.record.state();
            if ((state != JobState.running && state != JobState.waiting) || job.cancelled) {
                throw RefusedException.state("a job that is running or waiting", "one that is " + job.shownState());
            }
            JobRun run = job.run;
            if (run != null) {
                run.pause();
            }
            job.log.add("paused");
            job.save(job.record.with(JobState.paused));
            return job.view();
        });
    }

    /** Continues a paused job. */
    public Mono<JobView> resume(String id) {
        return call(() -> {
            Job job = find(id);
            if (job.record.state() != JobState.paused || job.cancelled) {
                throw RefusedException.state("a job that is paused", "one that is " + job.shownState());
            }
            JobRun run = job.run;
            job.log.add("resumed");
            if (run == null) { // the job was paused before its run began, or it was paused when the service was closed
                job.save(job.record.with(JobState.waiting));
                startWaiting();
            } else {
                job.save(job.record.with(JobState.running));
                run.resume();
            }
            return job.view();
        });
    }

    /**
     * Cancels a job. Cancelling a cancelled job has no effect, so that a client can repeat a request that got no
     * response.
     *
     * @return the job, emitted after its run has released all resources. The Mono fails with a {@link RefusedException}
     *     if the job has completed or failed
     */
    public Mono<JobView> cancel(String id) {
        return call(() -> {
                    Job job = find(id);
                    if (job.record.state() == JobState.cancelled) {
                        return job;
                    }
                    if (job.record.state().isEnded()) {
                        throw RefusedException.state(
                                "a job that has not ended",
                                "one that is " + job.record.state() + "; DELETE /jobs/" + id + "?remove removes it");
                    }
                    job.cancelled = true;
                    if (job.run == null) {
                        end(job, JobState.cancelled, null);
                    } else {
                        job.run.stop(false);
                    }
                    return job;
                })
                .flatMap(job -> job.ended.asMono().then(call(job::view)));
    }

    /** Removes a job that has ended, together with its directory. */
    public Mono<Void> remove(String id) {
        return call(() -> {
            Job job = find(id);
            if (!job.record.state().isEnded()) {
                throw RefusedException.state("a job that has ended", "one that is " + job.record.state());
            }
            delete(job);
            return null;
        });
    }

    /**
     * Returns the events of a job, at most four per second, until the job ends. A slow subscriber receives only the
     * latest state, but always receives the final event. If nothing changes, an empty event is emitted every 15
     * seconds.
     */
    public Flux<JobEvent> events(String id) {
        return call(() -> find(id)).flatMapMany(job -> {
            Seen seen = new Seen();
            return Flux.merge(
                            Flux.just(true),
                            job.changes.asFlux(),
                            job.ended.asMono().thenReturn(true),
                            Flux.interval(HEARTBEAT).map(beat -> false))
                    .takeUntilOther(closing.asMono())
                    .onBackpressureLatest()
                    .concatMap(news -> call(() -> seen.next(job)), 0)
                    .takeUntil(JobEvent::isEnd)
                    .onErrorComplete(e -> closed);
        });
    }

    /** What a subscriber has already received: the job's version, and the number of its log lines. */
    private static final class Seen {

        private long version = -1;
        private long lines;

        JobEvent next(Job job) {
            JobLog.News news = job.log.after(lines);
            lines = news.count();
            boolean isNew = job.version() != version;
            version = job.version();
            return new JobEvent(
                    isNew ? job.event() : null, news.lines(), job.record.state().isEnded() && job.run == null);
        }
    }

    /**
     * Returns a Flux that emits the list of jobs whenever a job in it has changed, at most twice per second. The Flux
     * never completes.
     */
    public Flux<List<JobView>> lists() {
        return Flux.merge(
                        Flux.just(true),
                        changes.asFlux(),
                        Flux.interval(HEARTBEAT).map(beat -> false))
                .takeUntilOther(closing.asMono())
                .onBackpressureLatest()
                .concatMap(news -> jobs().concatWith(Mono.delay(LIST).then(Mono.empty())), 0)
                .onErrorComplete(e -> closed);
    }

    private void startWaiting() throws IOException {
        long running = jobs.values().stream().filter(job -> job.run != null).count();
        for (Job job : jobs.values()) {
            if (running >= settings.running()) {
                return;
            }
            if (job.record.state() == JobState.waiting && job.run == null && job.request != null) {
                start(job, job.request);
                running++;
            }
        }
    }

    private void start(Job job, JobRequest request) throws IOException {
        Trainer trainer = trainers.find(request.trainer());
        if (trainer == null) {
            throw new IllegalStateException("expected a trainer that was checked, but got " + request.trainer());
        }
        job.save(job.record.started(now()));
        job.log.add("started");
        JobRun run = new JobRun(job, request, trainer, client, settings.checkpointEvery(), metrics.observations());
        job.begin(run, settings.stalledAfter());
        run.monitors().used().forEach(metrics::begin);
        run.run().publishOn(thread.scheduler()).subscribe(whole -> ended(job, whole, null), e -> ended(job, false, e));
    }

    private static String now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
    }

    private void ended(Job job, boolean whole, @Nullable Throwable failure) {
        JobState state = job.cancelled ? JobState.cancelled : failure == null ? JobState.done : JobState.failed;
        // true if the run ended because the service was closed. The job then continues in the next process
        boolean goesOn = failure == null && !whole && !job.cancelled;
        try {
            job.figures.addPoint();
            job.look();
            if (job.run != null) {
                job.run.monitors().used().forEach(metrics::end);
                job.run.observations().end(goesOn ? "stopped" : state.name(), failure);
            }
            job.end();
            if (goesOn) {
                job.ended.tryEmitEmpty();
                return;
            }
            end(job, state, failure == null ? null : ErrorLine.of(failure));
            if (!closed) {
                startWaiting();
            }
        } catch (IOException | RuntimeException e) {
            LOG.error("{}: its end could not be written down: {}", job.directory, e.toString());
            job.end();
            job.record = job.record.ended(JobState.failed, now(), ErrorLine.of(e));
            job.ended.tryEmitEmpty();
        }
    }

    private void end(Job job, JobState state, @Nullable String error) throws IOException {
        job.log.add(error == null ? state.name() : state.name() + ": " + error);
        String why = state == JobState.cancelled ? null : error;
        job.save(job.record.ended(state, now(), why));
        job.ended.tryEmitEmpty();
        changes.tryEmitNext(true);
    }

    /**
     * Stops all jobs. Before a job stops, it saves a final checkpoint, from which it continues when the directory is
     * opened again. Further calls have no effect.
     */
    public Mono<Void> close() {
        return close;
    }

    private Mono<Void> stopAll() {
        return Mono.<List<Job>>fromCallable(() -> {
                    closed = true;
                    List<Job> running = jobs.values().stream()
                            .filter(job -> job.run != null)
                            .toList();
                    for (Job job : running) {
                        JobRun run = job.run;
                        if (run != null) {
                            run.stop(!job.cancelled);
                        }
                    }
                    return running;
                })
                .subscribeOn(thread.scheduler())
                .flatMapMany(Flux::fromIterable)
                .flatMap(job -> job.ended.asMono())
                .then(Mono.fromCallable(this::release).subscribeOn(thread.scheduler()))
                .doFinally(signal -> thread.shutdown())
                .then();
    }

    private Boolean release() throws IOException {
        closing.tryEmitEmpty();
        if (looks != null) {
            looks.dispose();
        }
        if (lock != null) {
            lock.close();
        }
        return true;
    }
}
