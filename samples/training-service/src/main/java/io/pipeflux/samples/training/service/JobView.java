package io.pipeflux.samples.training.service;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A job, as JSON has it.
 *
 * @param resumedFromStep the step of the checkpoint from which it goes on in this process, or null
 * @param percent how much of all epochs was read, at most; exactly that if {@code totalIsComplete}
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
        boolean totalIsComplete,
        @Nullable Long secondsLeft,
        @Nullable String error,
        @Nullable String model) {}
