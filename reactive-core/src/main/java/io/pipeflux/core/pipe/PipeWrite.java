package io.pipeflux.core.pipe;

/**
 * Describes how a write into a pipe ended.
 *
 * @param bytes the number of bytes written into the pipe
 * @param complete false if the reader closed the pipe before all bytes were written, which is not an error
 */
public record PipeWrite(long bytes, boolean complete) {}
