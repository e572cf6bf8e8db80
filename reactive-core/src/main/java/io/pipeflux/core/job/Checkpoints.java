package io.pipeflux.core.job;

import io.pipeflux.core.CheckpointException;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.job.CheckpointFormat.Decoded;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * Keeps the state of a training, so that a job that was stopped or killed continues exactly from its newest checkpoint.
 * A checkpoint holds the user's own bytes (model, optimiser), the step and the place in the data, written as one.
 *
 * <pre>
 *   Fingerprint job = Fingerprint.of("train", uri).with("batch", 64);
 *   try (Checkpoints checkpoints = Checkpoints.directory(directory, job)) {
 *       Optional&lt;Checkpoint&gt; last = checkpoints.latest();
 *       ...
 *       for (ColumnBatch batch : batches.toIterable(1)) {
 *           model.fit(batch);
 *           checkpoints.saveIfDue(++step, batch.resumeAt(), model::toBytes);
 *       }
 *       checkpoints.saveLast(model::toBytes);
 *   }
 * </pre>
 *
 * <p><b>One job.</b> A checkpoint carries the {@link Fingerprint} of its job. {@link #latest} refuses the checkpoint of
 * another job and shows the values of both; {@link #allowMismatch} accepts it.
 *
 * <p><b>One user.</b> A directory is locked from {@link #latest} until {@link #close} or the end of the process: a
 * second job, or a second object in this process, gets a {@link CheckpointException} that names the process of the
 * first. S3 has no lock: give each job a prefix of its own.
 *
 * <p><b>No checkpoint.</b> {@link #latest} is empty only if the store answers that there is none. A checkpoint that
 * cannot be read, is damaged (it has a checksum) or has a newer format is a {@link CheckpointException}, never a start
 * from the beginning.
 *
 * <p><b>Threads.</b> All methods block while the store reads or writes. A thread that must not block (of Reactor's
 * parallel and single schedulers, or an event loop) gets an {@link IllegalStateException}. In a {@code Flux}, put
 * {@code publishOn(Schedulers.newSingle("trainer"), 1)}, or another scheduler for blocking work, before the training
 * step; in a coroutine, use {@code withContext(Dispatchers.IO)}. One training has one instance.
 */
public final class Checkpoints implements AutoCloseable {

    private static final Logger log = Loggers.getLogger(Checkpoints.class);
    private static final long DEFAULT_STEPS = 100;
    private static final long NEVER = Long.MAX_VALUE;

    private final CheckpointStore store;
    private final Fingerprint fingerprint;
    private final long steps; // 0: not given
    private final long nanos; // 0: not given
    private final boolean anyJob;
    private final LongSupplier nanoTime;

    private boolean looked;
    private boolean kept;
    private long lastStep;
    private long lastTime;
    private long offeredStep;
    private @Nullable ResumePoint offered;

    private Checkpoints(
            CheckpointStore store,
            Fingerprint fingerprint,
            long steps,
            long nanos,
            boolean anyJob,
            LongSupplier nanoTime) {
        this.store = Objects.requireNonNull(store, "store");
        this.fingerprint = Objects.requireNonNull(fingerprint, "fingerprint");
        this.steps = steps;
        this.nanos = nanos;
        this.anyJob = anyJob;
        this.nanoTime = nanoTime;
    }

    /**
     * Keeps checkpoints in a directory, which {@link #latest} makes and locks. The file {@code checkpoint} is replaced
     * as a whole: the new one is written beside it, synchronised to the disk and renamed. So a full disk or a
     * {@code kill -9} leaves the old one or the new one.
     *
     * @param directory a directory of this job alone, on a file system where files can be renamed
     */
    public static Checkpoints directory(Path directory, Fingerprint fingerprint) {
        return of(new DirectoryStore(directory), fingerprint);
    }

    /** Keeps checkpoints in any store, such as {@code S3Checkpoints.at(client, uri)} of reactive-s3. */
    public static Checkpoints of(CheckpointStore store, Fingerprint fingerprint) {
        return of(store, fingerprint, System::nanoTime);
    }

    static Checkpoints of(CheckpointStore store, Fingerprint fingerprint, LongSupplier nanoTime) {
        return new Checkpoints(store, fingerprint, 0, 0, false, nanoTime);
    }

    /**
     * Returns the same with a checkpoint due after this number of steps since the newest one. Together with
     * {@link #every}, the first of the two counts; if neither is given, one is due every {@value #DEFAULT_STEPS} steps.
     *
     * @param steps at least 1
     */
    public Checkpoints everySteps(long steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("expected checkpoints every 1 step or more, but got " + steps);
        }
        return new Checkpoints(store, fingerprint, steps, nanos, anyJob, nanoTime);
    }

    /**
     * Returns the same with a checkpoint due at the first step that ends this long after the newest one was written or
     * read.
     *
     * @param interval more than 0
     */
    public Checkpoints every(Duration interval) {
        if (interval.isNegative() || interval.isZero()) {
            throw new IllegalArgumentException("expected an interval of checkpoints above 0, but got " + interval);
        }
        return new Checkpoints(store, fingerprint, steps, TimeUnit.NANOSECONDS.convert(interval), anyJob, nanoTime);
    }

    /**
     * Returns the same, but accepts a checkpoint whose fingerprint differs, with a warning in the log. It is for a
     * person who knows that data and model fit although a name or value has changed. The next checkpoint carries this
     * job's fingerprint.
     */
    public Checkpoints allowMismatch() {
        return new Checkpoints(store, fingerprint, steps, nanos, true, nanoTime);
    }

    /**
     * Reads the newest checkpoint. It must be called before the first {@link #save} or {@link #saveIfDue}, so that no
     * job replaces another one's checkpoint unseen.
     *
     * @return empty if there is none, which is logged
     * @throws CheckpointException if the store could not be read, if its checkpoint is damaged, of a newer version or
     *     of another job, or if another job uses the directory
     */
    public synchronized Optional<Checkpoint> latest() {
        mayBlock();
        boolean before = looked;
        try {
            return look();
        } catch (RuntimeException | Error e) {
            if (!before) {
                leave(e); // it is not this job's
            }
            throw e;
        }
    }

    private void leave(Throwable e) {
        try {
            store.close();
        } catch (IOException | RuntimeException more) {
            e.addSuppressed(more);
        }
    }

    /**
     * Releases the directory for other jobs. Saves nothing: see {@link #saveLast}. Nothing can be saved afterwards
     * unless {@link #latest} is called again. This also closes the objects that {@link #everySteps}, {@link #every} and
     * {@link #allowMismatch} have returned from this one. A second call has no effect.
     *
     * @throws CheckpointException if the lock could not be released
     */
    @Override
    public synchronized void close() {
        looked = false;
        try {
            store.close();
        } catch (IOException e) {
            throw CheckpointException.of("the lock could not be given back: " + reason(e), store.toString(), e);
        }
    }

    private Optional<Checkpoint> look() {
        byte[] bytes = read();
        if (bytes == null) {
            log.info("{}: there is no checkpoint, so the training begins at the beginning", store);
            lookedAt(null);
            return Optional.empty();
        }
        Decoded found = decode(bytes);
        String differences = fingerprint.differences(found.fingerprint());
        if (!differences.isEmpty() && !anyJob) {
            throw CheckpointException.of(
                    "the checkpoint of step " + found.checkpoint().step() + " belongs to another job: " + differences
                            + "; use a directory of this job's own, or allow the mismatch explicitly if the data and"
                            + " the model are the same",
                    store.toString(),
                    null);
        }
        if (!differences.isEmpty()) {
            log.warn("{}: the checkpoint is taken although it differs: {}", store, differences);
        }
        log.info(
                "{}: the training goes on after step {}",
                store,
                found.checkpoint().step());
        lookedAt(found.checkpoint());
        return Optional.of(found.checkpoint());
    }

    private void lookedAt(@Nullable Checkpoint checkpoint) {
        looked = true;
        kept = checkpoint != null;
        lastStep = checkpoint == null ? 0 : checkpoint.step();
        lastTime = nanoTime.getAsLong();
    }

    private byte @Nullable [] read() {
        try {
            return store.read().orElse(null);
        } catch (IOException | RuntimeException e) {
            throw CheckpointException.of(
                    "the checkpoint could not be read: " + reason(e)
                            + "; the training does not begin anew, because there may be one",
                    store.toString(),
                    e);
        }
    }

    private Decoded decode(byte[] bytes) {
        try {
            return CheckpointFormat.decode(bytes);
        } catch (IllegalArgumentException e) {
            throw CheckpointException.of(
                    "what is kept (" + bytes.length + " bytes) " + e.getMessage()
                            + "; to begin anew, use another directory or remove it",
                    store.toString(),
                    e);
        }
    }

    /**
     * Writes a checkpoint if one is due.
     *
     * @param step the number of steps that the training has done, in all runs together; never less than before
     * @param resumeAt the place where the next batch begins: {@code batch.resumeAt()} of the last one
     * @param state makes the bytes to keep; called immediately, and only if a checkpoint is due
     * @return whether a checkpoint was due; it is then durable
     * @throws CheckpointException if it could not be written; the one before it remains
     */
    public synchronized boolean saveIfDue(long step, ResumePoint resumeAt, Supplier<byte[]> state) {
        check(step);
        offeredStep = step;
        offered = resumeAt;
        long bySteps = steps == 0 && nanos == 0 ? DEFAULT_STEPS : steps == 0 ? NEVER : steps;
        boolean due = step - lastStep >= bySteps
                || (nanos > 0 && step > lastStep && nanoTime.getAsLong() - lastTime >= nanos);
        if (due) {
            write(step, resumeAt, state.get());
        }
        return due;
    }

    /**
     * Writes a checkpoint of the step that {@link #saveIfDue} was last called for, unless that step is saved already.
     * It is for the end of a training, or for a stop.
     *
     * @param state makes the bytes to keep, of the model after that step
     * @return whether there was a step to save
     * @throws CheckpointException if it could not be written; the one before it remains
     */
    public synchronized boolean saveLast(Supplier<byte[]> state) {
        check(lastStep);
        ResumePoint resumeAt = offered;
        if (resumeAt == null || offeredStep <= lastStep) {
            return false;
        }
        write(offeredStep, resumeAt, state.get());
        return true;
    }

    /**
     * Writes a checkpoint now, such as at the end of each epoch.
     *
     * @param step the number of steps that the training has done, in all runs together; never less than before
     * @param resumeAt the place where the next batch begins
     * @param state the bytes to keep; not changed
     * @throws CheckpointException if it could not be written; the one before it remains
     */
    public synchronized void save(long step, ResumePoint resumeAt, byte[] state) {
        check(step);
        write(step, resumeAt, state);
    }

    private void check(long step) {
        mayBlock();
        if (!looked) {
            throw new IllegalStateException("expected latest() to be called before the first checkpoint is saved: what "
                    + store + " holds may belong to another job");
        }
        if (step < lastStep) {
            throw new IllegalArgumentException("expected a step of " + lastStep
                    + " or more, where the newest checkpoint was taken, but got " + step);
        }
    }

    private void write(long step, ResumePoint resumeAt, byte[] state) {
        byte[] bytes = CheckpointFormat.encode(step, resumeAt, fingerprint, state);
        try {
            store.write(bytes);
        } catch (IOException | RuntimeException e) {
            throw CheckpointException.of(
                    "the checkpoint of step " + step + " (" + bytes.length + " bytes) could not be written: "
                            + reason(e) + "; "
                            + (kept ? "that of step " + lastStep + " stays" : "there is none before it"),
                    store.toString(),
                    e);
        }
        kept = true;
        lastStep = step;
        lastTime = nanoTime.getAsLong();
    }

    private void mayBlock() {
        if (Schedulers.isInNonBlockingThread()) {
            throw new IllegalStateException("expected a thread that may block, but got "
                    + Thread.currentThread().getName()
                    + ": put publishOn(a scheduler for blocking work, 1) in front of the training step");
        }
    }

    private static String reason(Exception e) {
        String message = e.getMessage();
        return message == null || !(e.getClass() == IOException.class) ? e.toString() : message;
    }

    /** Returns the place where the checkpoints are kept. */
    @Override
    public String toString() {
        return store.toString();
    }
}
