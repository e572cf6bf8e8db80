package io.pipeflux.core.agent;

/**
 * An epoch that a {@link PipeAgent} has written.
 *
 * @param channel the channel's name
 * @param epoch the index of its pipe, counted from 0
 * @param bytes how many bytes were written into the pipe
 * @param complete false if the reader closed the pipe before its end
 */
public record EpochWritten(String channel, long epoch, long bytes, boolean complete) {}
