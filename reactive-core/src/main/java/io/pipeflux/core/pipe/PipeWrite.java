package io.pipeflux.core.pipe;

/**
 * Describes how a write into a pipe ended.
 *
 * @param bytes the number of bytes written into the pipe
 * @param complete true if all bytes were written, false if the reader closed the pipe early. An early close is not an
 *     error
 */
public record PipeWrite(long bytes, boolean complete) {}
