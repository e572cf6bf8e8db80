package io.pipeflux.samples.training.service;

import io.pipeflux.core.CheckpointException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.job.Checkpoint;
import io.pipeflux.core.job.Checkpoints;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The objects that a run listed when it began. {@link #latest} compares them with those of the job's earlier run. The
 * agent lists its channel anew in each epoch, and {@link #require} compares these lists with the first one.
 */
final class UnchangedData {

    private static final String OTHER_JOB_ADVICE = "use a separate directory for this job, or allow the mismatch"
            + " explicitly if the data and the model are the same";

    private final DataList list;
    private final String description;

    UnchangedData(DataHash data) {
        list = data.list();
        description = data.describe();
    }

    /** Returns the number of objects, their total size and their hash. */
    String description() {
        return description;
    }

    /**
     * Returns the objects of an epoch, and fails if they are not those of the first list. A difference in the first
     * {@value DataList#MOST} objects is an error at that object, which is not emitted. A difference in a later object
     * is an error at the end of the epoch.
     */
    Flux<ObjectBytes> require(Flux<ObjectBytes> objects) {
        return Flux.defer(() -> {
            DataHash now = DataHash.empty();
            return objects.doOnNext(object -> {
                        now.add(object);
                        if (!now.agreesWith(list)) {
                            fail(list.difference(now.listSoFar()));
                        }
                    })
                    .concatWith(Mono.fromRunnable(() -> {
                        String found = now.describe();
                        if (!found.equals(description)) {
                            String difference = list.difference(now.list());
                            fail(difference == null ? "expected " + description + ", but got " + found : difference);
                        }
                    }));
        });
    }

    /**
     * Returns a job's latest checkpoint, or null if there is none. If the data have changed since the checkpoint was
     * saved, the error names the first object that differs.
     */
    @Nullable
    Checkpoint latest(Checkpoints checkpoints, JobDirectory directory, JobLog log) throws IOException {
        DataList before = before(directory, log);
        try {
            Checkpoint found = checkpoints.latest().orElse(null);
            if (found == null || before == null) {
                directory.saveData(list);
            }
            return found;
        } catch (CheckpointException e) {
            String difference = before == null ? null : before.difference(list);
            String changed = difference == null ? "" : "the data of train has changed: " + difference + "; ";
            throw new IllegalArgumentException(changed + advised(e), e);
        }
    }

    /**
     * Returns the objects of the earlier run, or null if they are not known. They are needed only for the words of an
     * error, so a damaged file does not end the job.
     */
    private static @Nullable DataList before(JobDirectory directory, JobLog log) {
        try {
            return directory.data();
        } catch (IOException | IllegalArgumentException e) {
            log.add("data.json is ignored and written anew: " + e);
            return null;
        }
    }

    /** Returns the error's message with advice that a client of the service can follow. */
    private static String advised(CheckpointException e) {
        return String.valueOf(e.getMessage()).replace(OTHER_JOB_ADVICE, "submit a new job");
    }

    /** @param difference null if the difference is not known before the end of the list */
    private static void fail(@Nullable String difference) {
        if (difference != null) {
            throw new IllegalArgumentException(
                    "the data of train has changed: " + difference + " during the job; submit a new job");
        }
    }
}
