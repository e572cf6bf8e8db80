package io.pipeflux.samples.training.service;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A job, as JSON has it.
 *
 * @param resumedFromStep the step of the checkpoint from which it goes on in this process, or null
 * @param bytes how many bytes of all epochs were read; what a run reads again after a restart is not counted twice
 * @param loss the mean of the batches since the point of the charts before the newest, as is {@code accuracy}
 * @param percent the share of all epochs' bytes that was read, or null before the data were listed
 * @param model the path of the model, once the job is done
 */
public record JobView(
        String id,
        @Nullable String name,
        JobState state,
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
