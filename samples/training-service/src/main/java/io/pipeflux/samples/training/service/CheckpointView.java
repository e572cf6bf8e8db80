package io.pipeflux.samples.training.service;

/**
 * A checkpoint that was saved, or from which the job was resumed.
 *
 * @param at the position in the data at which the next batch begins
 */
public record CheckpointView(long step, String at, String savedAt) {}
