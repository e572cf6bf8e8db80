package io.pipeflux.samples.training.service;

/**
 * A checkpoint that a job has saved, or from which a job was resumed.
 *
 * @param at the position in the data at which the next batch begins
 */
public record CheckpointView(long step, String at, String savedAt) {}
