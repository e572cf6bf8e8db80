package io.pipeflux.core.job;

import io.pipeflux.core.CheckpointException;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Failed;
import io.pipeflux.core.internal.KeyText;
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
 * Saves the state of a training job, so that a job that was stopped or killed continues exactly from its newest
 * checkpoint. A checkpoint contains bytes that the user chooses (such as the model and the optimizer), the number of
 * completed steps, and the position in the data. A checkpoint is always written atomically.
 *
 * <pre>{@code
 *   Fingerprint job = Fingerprint.of("train", uri).with("batch", 64);
 *   try (Checkpoints checkpoints = Checkpoints.directory(directory, job)) {
 *       Optional<Checkpoint> last = checkpoints.latest();
 *       ...
 *       for (ColumnBatch batch : batches.toIterable(1)) {
 *           model.fit(batch);
 *           checkpoints.saveIfDue(++step, batch.resumeAt(), model::toBytes);
 *       }
 *       checkpoints.saveLast(model::toBytes);
 *   }
 * }</pre>
 *
 * <p><b>One job.</b> A checkpoint contains the {@link Fingerprint} of its job. {@link #latest} refuses the checkpoint
 * of a different job, and its error shows the values of both jobs. {@link #allowMismatch} accepts such a checkpoint.
 *
 * <p><b>One user.</b> A directory is locked from {@link #latest} until {@link #close} or the end of the process. A
 * second job, or a second instance in this process, gets a {@link CheckpointException} that names the process that
 * holds the lock. S3 has no lock, so give each job its own prefix.
 *
 * <p><b>No checkpoint.</b> {@link #latest} returns an empty result only if the store reports that no checkpoint exists.
 * If a checkpoint could not be read, is damaged (it has a checksum) or has a newer format, {@link #latest} throws a
 * {@link CheckpointException}. The training never silently starts from the beginning.
 *
 * <p><b>Threads.</b> All methods block while the store reads or writes. A thread that must not block gets an
 * {@link IllegalStateException}. Such threads are those of Reactor's parallel and single schedulers, and event loops.
 * In a {@code Flux}, put {@code publishOn(Schedulers.newSingle("trainer"), 1)}, or a different scheduler for blocking
 * tasks, before the training step. In a coroutine, use {@code withContext(Dispatchers.IO)}. Use one instance per
 * training job.
 */
public final class Checkpoints implements AutoCloseable {

    private static final Logger log = Loggers.getLogger(Checkpoints.class);
    private static final long DEFAULT_STEPS = 100;
    private static final long NEVER = Long.MAX_VALUE;

    private final CheckpointStore store;
    private final Fingerprint fingerprint;
    private final long steps; // 0 if not set
    private final long nanos; // 0 if not set
    private final boolean anyJob;
    private final LongSupplier nanoTime;
    private final Closes closes;

    private boolean looked;
    // the value of closes.count when latest() most recently read the store
    private long lookedAfter;
    private boolean kept;
    private long lastStep;
    private long lastTime;
    private long offeredStep;
    private @Nullable ResumePoint offered;

    /**
     * Counts how often a store was closed. All instances that use the same store share this object and synchronize on
     * it.
     */
    private static final class Closes {
        long count;
    }

    private Checkpoints(CheckpointStore store, Fingerprint fingerprint, LongSupplier nanoTime) {
        this.store = Objects.requireNonNull(store, "store");
        this.fingerprint = Objects.requireNonNull(fingerprint, "fingerprint");
        this.steps = 0;
        this.nanos = 0;
        this.anyJob = false;
        this.nanoTime = nanoTime;
        this.closes = new Closes();
    }

    private Checkpoints(Checkpoints sameStore, long steps, long nanos, boolean anyJob) {
        this.store = sameStore.store;
        this.fingerprint = sameStore.fingerprint;
        this.steps = steps;
        this.nanos = nanos;
        this.anyJob = anyJob;
        this.nanoTime = sameStore.nanoTime;
        this.closes = sameStore.closes;
    }

    /**
     * Keeps checkpoints in a directory. {@link #latest} creates and locks this directory. The file {@code checkpoint}
     * is replaced as a whole: the new file is written to the same directory, synchronized to the disk, and renamed. So
     * after a full disk or a {@code kill -9}, the file is either the complete old one or the complete new one.
     *
     * @param directory a directory that only this job uses, on a file system where files can be renamed
     */
    public static Checkpoints directory(Path directory, Fingerprint fingerprint) {
        return of(new DirectoryStore(directory), fingerprint);
    }

    /** Keeps checkpoints in any store, for example {@code S3Checkpoints.at(client, uri)} of reactive-s3. */
    public static Checkpoints of(CheckpointStore store, Fingerprint fingerprint) {
        return of(store, fingerprint, System::nanoTime);
    }

    static Checkpoints of(CheckpointStore store, Fingerprint fingerprint, LongSupplier nanoTime) {
        return new Checkpoints(store, fingerprint, nanoTime);
    }

    /**
     * Returns a copy of this instance that considers a checkpoint due when the given number of steps has been completed
     * since the newest checkpoint. If {@link #every} is also set, a checkpoint is due as soon as one of the two
     * conditions is met. If neither is set, a checkpoint is due every {@value #DEFAULT_STEPS} steps.
     *
     * @param steps at least 1
     */
    public Checkpoints everySteps(long steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("expected checkpoints every 1 step or more, but got " + steps);
        }
        return new Checkpoints(this, steps, nanos, anyJob);
    }

    /**
     * Returns a copy of this instance whose checkpoints are due after an interval. After a step, a checkpoint is due if
     * at least this interval has passed since the newest checkpoint was written or read.
     *
     * @param interval greater than 0
     */
    public Checkpoints every(Duration interval) {
        if (interval.isNegative() || interval.isZero()) {
            throw new IllegalArgumentException("expected an interval of checkpoints above 0, but got " + interval);
        }
        return new Checkpoints(this, steps, TimeUnit.NANOSECONDS.convert(interval), anyJob);
    }

    /**
     * Returns a copy of this instance that accepts a checkpoint with a different fingerprint, and logs a warning. Use
     * this method only if you know that the data and the model are still the same, although a name or a value has
     * changed. The next checkpoint has this job's fingerprint.
     */
    public Checkpoints allowMismatch() {
        return new Checkpoints(this, steps, nanos, true);
    }

    /**
     * Reads the newest checkpoint. This method must be called before the first {@link #save} or {@link #saveIfDue}.
     * Otherwise, a job could replace the checkpoint of a different job by mistake.
     *
     * @return the checkpoint; empty if none exists (this case is logged)
     * @throws CheckpointException if the store could not be read, if its checkpoint is damaged, has a newer format or
     *     belongs to a different job, or if another job uses the directory
     * @throws IllegalStateException if the calling thread must not block
     */
    public Optional<Checkpoint> latest() {
        synchronized (closes) {
            mayBlock();
            boolean before = hasLooked();
            try {
                return look();
            } catch (RuntimeException | Error e) {
                if (!before) {
                    leave(e); // releases the lock, because the checkpoint may belong to a different job
                }
                throw e;
            }
        }
    }

    private void leave(Throwable e) {
        closes.count++;
        try {
            store.close();
        } catch (IOException | RuntimeException more) {
            e.addSuppressed(more);
        }
    }

    /**
     * Releases the directory for other jobs. This method does not save a checkpoint; {@link #saveLast} does that. After
     * this call, nothing can be saved until {@link #latest} is called again. This applies to all instances that share
     * the store, such as those that {@link #everySteps}, {@link #every} and {@link #allowMismatch} return. A second
     * call has no effect.
     *
     * @throws CheckpointException if the lock could not be released
     */
    @Override
    public void close() {
        synchronized (closes) {
            closes.count++;
            try {
                store.close();
            } catch (IOException e) {
                throw CoreAccess.exception(
                        CheckpointException.class,
                        ErrorKind.CHECKPOINT_LOCK,
                        "could not release the lock: " + Failed.reason(e),
                        store.toString(),
                        null,
                        e);
            }
        }
    }

    private Optional<Checkpoint> look() {
        byte[] bytes = read();
        if (bytes == null) {
            log.info("{}: no checkpoint exists, so the training starts from the beginning", storeName());
            lookedAt(null);
            return Optional.empty();
        }
        Decoded found = decode(bytes);
        String differences = fingerprint.differences(found.fingerprint());
        if (!differences.isEmpty() && !anyJob) {
            throw CoreAccess.exception(
                    CheckpointException.class,
                    ErrorKind.OTHER_JOB,
                    "the checkpoint of step " + found.checkpoint().step() + " belongs to another job: " + differences
                            + "; use a separate directory for this job, or allow the mismatch explicitly if the data"
                            + " and the model are the same",
                    store.toString(),
                    null,
                    null);
        }
        if (!differences.isEmpty()) {
            log.warn(
                    "{}: the checkpoint is accepted although its fingerprint differs: {}",
                    storeName(),
                    KeyText.printable(differences));
        }
        log.info(
                "{}: the training continues after step {}",
                storeName(),
                found.checkpoint().step());
        lookedAt(found.checkpoint());
        return Optional.of(found.checkpoint());
    }

    /** Returns the name of the store for the log. */
    private String storeName() {
        return KeyText.printable(store.toString());
    }

    private boolean hasLooked() {
        return looked && lookedAfter == closes.count;
    }

    private void lookedAt(@Nullable Checkpoint checkpoint) {
        looked = true;
        lookedAfter = closes.count;
        kept = checkpoint != null;
        lastStep = checkpoint == null ? 0 : checkpoint.step();
        lastTime = nanoTime.getAsLong();
    }

    private byte @Nullable [] read() {
        try {
            return store.read().orElse(null);
        } catch (IOException | RuntimeException e) {
            throw CoreAccess.exception(
                    CheckpointException.class,
                    ErrorKind.CHECKPOINT_NOT_READ,
                    "could not read the checkpoint: " + Failed.reason(e)
                            + "; the training does not start from the beginning, because a checkpoint may exist",
                    store.toString(),
                    null,
                    e);
        }
    }

    private Decoded decode(byte[] bytes) {
        try {
            return CheckpointFormat.decode(bytes);
        } catch (IllegalArgumentException e) {
            throw CoreAccess.exception(
                    CheckpointException.class,
                    ErrorKind.BAD_CHECKPOINT,
                    "the checkpoint (" + bytes.length + " bytes) " + e.getMessage()
                            + "; to start from the beginning, use another directory or remove the checkpoint",
                    store.toString(),
                    null,
                    e);
        }
    }

    /**
     * Writes a checkpoint if one is due.
     *
     * @param step the number of steps that the training has completed in all its runs. The number must not be less than
     *     the step of the newest checkpoint
     * @param resumeAt the point at which the next batch begins: {@code batch.resumeAt()} of the most recent batch
     * @param state returns the bytes to save; called before this method returns, and only if a checkpoint is due
     * @return true if a checkpoint was due. This checkpoint is durable when the method returns
     * @throws CheckpointException if the checkpoint could not be written; the previous one remains
     * @throws IllegalStateException if {@link #latest} was not called, or if the calling thread must not block
     */
    public boolean saveIfDue(long step, ResumePoint resumeAt, Supplier<byte[]> state) {
        synchronized (closes) {
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
    }

    /**
     * Writes a checkpoint of the step that was most recently passed to {@link #saveIfDue}, unless that step has already
     * been saved. Call this method when the training ends or is stopped.
     *
     * @param state returns the bytes to save: the state of the training after that step
     * @return true if a checkpoint was written
     * @throws CheckpointException if the checkpoint could not be written; the previous one remains
     * @throws IllegalStateException if {@link #latest} was not called, or if the calling thread must not block
     */
    public boolean saveLast(Supplier<byte[]> state) {
        synchronized (closes) {
            check(lastStep);
            ResumePoint resumeAt = offered;
            if (resumeAt == null || offeredStep <= lastStep) {
                return false;
            }
            write(offeredStep, resumeAt, state.get());
            return true;
        }
    }

    /**
     * Writes a checkpoint immediately, for example at the end of each epoch.
     *
     * @param step the number of steps that the training has completed in all its runs. The number must not be less than
     *     the step of the newest checkpoint
     * @param resumeAt the point at which the next batch begins
     * @param state the bytes to save; this method does not change them
     * @throws CheckpointException if the checkpoint could not be written; the previous one remains
     * @throws IllegalStateException if {@link #latest} was not called, or if the calling thread must not block
     */
    public void save(long step, ResumePoint resumeAt, byte[] state) {
        synchronized (closes) {
            check(step);
            write(step, resumeAt, state);
        }
    }

    private void check(long step) {
        mayBlock();
        if (!hasLooked()) {
            throw new IllegalStateException("expected latest() to be called before the first checkpoint is saved: what "
                    + store + " holds may belong to another job");
        }
        if (step < lastStep) {
            throw new IllegalArgumentException(
                    "expected at least step " + lastStep + ", that of the newest checkpoint, but got " + step);
        }
    }

    private void write(long step, ResumePoint resumeAt, byte[] state) {
        byte[] bytes = CheckpointFormat.encode(step, resumeAt, fingerprint, state);
        try {
            store.write(bytes);
        } catch (IOException | RuntimeException e) {
            throw CoreAccess.exception(
                    CheckpointException.class,
                    ErrorKind.CHECKPOINT_NOT_WRITTEN,
                    "the checkpoint of step " + step + " (" + bytes.length + " bytes) could not be written: "
                            + Failed.reason(e) + "; "
                            + (kept ? "the checkpoint of step " + lastStep + " remains" : "no earlier one exists"),
                    store.toString(),
                    null,
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
                    + ": add publishOn(a scheduler for blocking tasks, 1) before the training step");
        }
    }

    /** Returns the location of the checkpoints. */
    @Override
    public String toString() {
        return store.toString();
    }
}
