package io.pipeflux.samples.training.service;

import org.jspecify.annotations.Nullable;

/**
 * The figures of an epoch: of the batches that end in it.
 *
 * @param step the last step of the epoch
 * @param accuracy of the evaluation after the epoch; without evaluation data, of the rows before the model learnt from
 *     them
 */
public record EpochFigures(
        long epoch,
        long step,
        long records,
        double seconds,
        @Nullable Double loss,
        @Nullable Double accuracy) {}
