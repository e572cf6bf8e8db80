package io.pipeflux.samples.training.service;

import org.jspecify.annotations.Nullable;

/**
 * The figures of an epoch. They include the batches that end in it.
 *
 * @param step the last step of the epoch
 * @param accuracy the accuracy of the evaluation after the epoch. Without evaluation data, it is the accuracy on the
 *     rows of the epoch, each measured before the model was trained on it
 */
public record EpochFigures(
        long epoch,
        long step,
        long records,
        double seconds,
        @Nullable Double loss,
        @Nullable Double accuracy) {}
