package io.pipeflux.samples.training.service;

import org.jspecify.annotations.Nullable;

/**
 * The current state of a step of the pipeline.
 *
 * @param step {@code s3}, {@code window}, {@code pipe}, {@code decode}, {@code queue}, {@code batches} or {@code
 *     trainer}
 * @param fill how full the step's queue is, from 0 to 1, or null if it has no queue
 * @param rate the throughput per second, or null
 * @param rateUnit {@code MB/s}, {@code records/s} or {@code batches/s}
 * @param waiting whether the step is waiting
 * @param waitsFor what the step waits for, or null
 * @param waitShare the fraction of the past few seconds during which the step waited
 */
public record PipelineStep(
        String step,
        String title,
        @Nullable Double fill,
        @Nullable String fillText,
        @Nullable Double rate,
        String rateUnit,
        boolean waiting,
        @Nullable String waitsFor,
        @Nullable Double waitShare) {}
