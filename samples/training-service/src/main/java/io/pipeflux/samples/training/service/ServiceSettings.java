package io.pipeflux.samples.training.service;

import java.time.Duration;

/**
 * The bounds of the service.
 *
 * @param running how many jobs run at once; others wait
 * @param kept how many jobs there are at most, ended ones included; the oldest ended one makes room for a new one
 * @param checkpointEvery how often a running job saves a checkpoint
 */
public record ServiceSettings(int running, int kept, Duration checkpointEvery) {

    /** What a machine of two cores does well. */
    public static final ServiceSettings DEFAULTS = new ServiceSettings(4, 200, Duration.ofSeconds(2));
}
