package io.pipeflux.samples.training;

import io.pipeflux.core.CheckpointException;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.job.Checkpoint;
import io.pipeflux.core.job.CheckpointStore;
import io.pipeflux.core.job.Checkpoints;
import io.pipeflux.core.job.Fingerprint;
import io.pipeflux.samples.training.container.OldCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Saves checkpoints of the model. A job can resume from such a checkpoint, or from a checkpoint that an earlier version
 * of this program saved.
 */
final class JobCheckpoints implements AutoCloseable {

    private final Checkpoints checkpoints;
    private final @Nullable Path directory;
    private final TrainingOptions options;
    private boolean oldOneIsThere;

    private JobCheckpoints(Checkpoints checkpoints, @Nullable Path directory, TrainingOptions options) {
        Checkpoints asOften = checkpoints.everySteps(options.checkpointSteps);
        this.checkpoints = options.allowCheckpointMismatch ? asOften.allowMismatch() : asOften;
        this.directory = directory;
        this.options = options;
    }

    /** Returns the checkpoints in a directory. */
    static JobCheckpoints in(Path directory, Fingerprint job, TrainingOptions options) {
        return new JobCheckpoints(Checkpoints.directory(directory, job), directory, options);
    }

    /** Returns the checkpoints in a store, such as a prefix in S3. */
    static JobCheckpoints in(CheckpointStore store, Fingerprint job, TrainingOptions options) {
        return new JobCheckpoints(Checkpoints.of(store, job), null, options);
    }

    /** The state from which a job resumes. */
    record Start(int step, ResumePoint resumeAt, LogisticModel model) {}

    /** Returns the latest checkpoint, or null if there is none. */
    @Nullable
    Start latest() throws IOException {
        Start old = directory == null ? null : old(directory);
        Checkpoint found = checkpoints.latest().orElse(null);
        if (found == null) {
            return old;
        }
        return new Start(
                Math.toIntExact(found.step()),
                resumeAt(found.resumeAt()),
                ModelState.read(found.state(), options.features));
    }

    private @Nullable Start old(Path directory) throws IOException {
        OldCheckpoint old = OldCheckpoint.find(directory);
        if (old == null) {
            return null;
        }
        if (!options.allowCheckpointMismatch) {
            boolean both = Files.exists(directory.resolve("checkpoint"), LinkOption.NOFOLLOW_LINKS);
            throw CheckpointException.of(
                    (both
                                    ? "an earlier version of this program has written a checkpoint (step " + old.step()
                                            + ") beside one of this version: expected one of them; remove the other"
                                    : "the checkpoint of step " + old.step()
                                            + " was written by an earlier version, without the fingerprint of its job:"
                                            + " nothing shows that it belongs to this one")
                            + ", or use another --checkpoint-directory, or, if data and hyperparameters are the same,"
                            + " --allow-checkpoint-mismatch",
                    OldCheckpoint.file(directory).toString(),
                    null);
        }
        oldOneIsThere = true;
        LogisticModel model = LogisticModel.of(old.weights(), old.squares());
        return new Start(old.step(), resumeAt(old.resumeAt()), ModelState.checked(model, options.features));
    }

    /**
     * Returns the point unchanged, so that the job fails if its data have changed. However, if the user allows
     * checkpoints of other jobs, returns a copy of the point that accepts any data.
     */
    private ResumePoint resumeAt(ResumePoint point) {
        return options.allowCheckpointMismatch ? point.unchecked() : point;
    }

    /** Saves the model if a checkpoint is due. Returns whether the model was saved. */
    boolean saveIfDue(int step, ResumePoint resumeAt, LogisticModel model) throws IOException {
        boolean saved = checkpoints.saveIfDue(step, resumeAt, () -> ModelState.write(model));
        if (saved) {
            removeOld();
        }
        return saved;
    }

    /** Saves the model, even if no checkpoint is due. */
    void save(int step, ResumePoint resumeAt, LogisticModel model) throws IOException {
        checkpoints.save(step, resumeAt, ModelState.write(model));
        removeOld();
    }

    private void removeOld() throws IOException {
        if (oldOneIsThere && directory != null) {
            OldCheckpoint.remove(directory);
            oldOneIsThere = false;
        }
    }

    /** Releases the lock on the checkpoints, so that another job can use them. */
    @Override
    public void close() {
        checkpoints.close();
    }

    @Override
    public String toString() {
        return checkpoints.toString();
    }
}
