package io.pipeflux.core.pipe;

/**
 * How the writing of a pipe ended.
 *
 * @param bytes how many bytes were written into the pipe
 * @param complete false if the reader closed the pipe before its end, which is its good right
 */
public record PipeWrite(long bytes, boolean complete) {}
