package io.pipeflux.samples.training.service;

/**
 * A checkpoint that was saved or resumed from.
 *
 * @param at the place in the data where the next batch begins
 */
public record CheckpointView(long step, String at, String savedAt) {}
