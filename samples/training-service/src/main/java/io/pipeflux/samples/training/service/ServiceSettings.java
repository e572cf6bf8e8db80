package io.pipeflux.samples.training.service;

import java.time.Duration;

/**
 * The limits of the service.
 *
 * @param running the maximum number of jobs that run simultaneously. Further jobs wait
 * @param kept the maximum number of jobs, including those that have ended. If necessary, the job that ended earliest is
 *     removed to make room for a new job
 * @param checkpointEvery how often a running job saves a checkpoint
 * @param stalledAfter the duration after which a job's wait for data is reported in the job's log
 */
public record ServiceSettings(int running, int kept, Duration checkpointEvery, Duration stalledAfter) {

    private static final Duration STALLED_AFTER = Duration.ofSeconds(10);

    /** Creates settings with a {@code stalledAfter} of ten seconds. */
    public ServiceSettings(int running, int kept, Duration checkpointEvery) {
        this(running, kept, checkpointEvery, STALLED_AFTER);
    }

    /** Values that suit a machine with two cores. */
    public static final ServiceSettings DEFAULTS = new ServiceSettings(4, 200, Duration.ofSeconds(2));
}
