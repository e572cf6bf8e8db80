package io.pipeflux.samples.training.service;

import org.jspecify.annotations.Nullable;

/**
 * A point of a job's charts.
 *
 * @param t the seconds since the job was started first, pauses and restarts included
 * @param loss the mean loss of the steps since the point before
 * @param accuracy the share of these steps' rows that were judged rightly before the model learnt from them
 */
public record Point(
        double t,
        long step,
        @Nullable Double loss,
        @Nullable Double accuracy,
        @Nullable Double recordsPerSecond,
        @Nullable Double megabytesPerSecond) {}
