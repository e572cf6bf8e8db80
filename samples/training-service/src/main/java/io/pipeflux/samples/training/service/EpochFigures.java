package io.pipeflux.samples.training.service;

import org.jspecify.annotations.Nullable;

/**
 * The figures of an epoch. A batch belongs to the epoch in which it ends.
 *
 * @param step the last step of the epoch
 * @param accuracy the accuracy of the evaluation after the epoch. Without evaluation data, it is the accuracy on the
 *     epoch's own rows. They were classified before the model was trained on them
 */
public record EpochFigures(
        long epoch,
        long step,
        long records,
        double seconds,
        @Nullable Double loss,
        @Nullable Double accuracy) {}
