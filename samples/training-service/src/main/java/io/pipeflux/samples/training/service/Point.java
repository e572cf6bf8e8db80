package io.pipeflux.samples.training.service;

import org.jspecify.annotations.Nullable;

/**
 * A point of a job's charts.
 *
 * @param t the seconds since the first start of the job, including pauses and restarts
 * @param loss the mean loss of the steps since the previous point
 * @param accuracy the fraction of the rows in these steps that were classified correctly. Each row was classified
 *     before the model was trained on it
 */
public record Point(
        double t,
        long step,
        @Nullable Double loss,
        @Nullable Double accuracy,
        @Nullable Double recordsPerSecond,
        @Nullable Double megabytesPerSecond) {}
