package io.pipeflux.samples.training.service;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A job, as it is written to JSON.
 *
 * @param phase the current phase of the run, or null if the job is not running. If a job is paused in a phase other
 *     than {@code train}, it first completes that phase, and then waits in {@code train}
 * @param resumedFromStep the step of the checkpoint from which the job was resumed in this process, or null
 * @param bytes the total number of bytes that were read in all epochs. Bytes that are read again after a restart count
 *     only once
 * @param loss the mean loss of the batches between the latest two points of the charts. {@code accuracy} covers the
 *     same batches
 * @param percent {@code bytes} as a percentage of the bytes of all epochs, or null before the data are listed
 * @param model the path of the model, or null before the job has completed
 */
public record JobView(
        String id,
        @Nullable String name,
        JobState state,
        @Nullable JobPhase phase,
        @Nullable String trainer,
        JobRequest.@Nullable Mode mode,
        Map<String, String> channels,
        Map<String, Double> hyperParameters,
        @Nullable Integer batchSize,
        @Nullable Long resumedFromStep,
        String createdAt,
        @Nullable String startedAt,
        @Nullable String endedAt,
        long epoch,
        @Nullable Integer epochs,
        long step,
        long records,
        long bytes,
        @Nullable Double loss,
        @Nullable Double accuracy,
        @Nullable Double recordsPerSecond,
        @Nullable Double megabytesPerSecond,
        @Nullable Double percent,
        @Nullable Long secondsLeft,
        @Nullable String error,
        @Nullable String model) {}
