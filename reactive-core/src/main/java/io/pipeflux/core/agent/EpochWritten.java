package io.pipeflux.core.agent;

/**
 * Describes an epoch that a {@link PipeAgent} has written.
 *
 * @param channel the channel's name
 * @param epoch the index of the epoch's pipe, counted from 0
 * @param bytes the number of bytes written into the pipe
 * @param complete false if the reader closed the pipe before the end of the epoch
 */
public record EpochWritten(String channel, long epoch, long bytes, boolean complete) {}
