package io.pipeflux.core.internal;

/**
 * Marks a decoder of Pipeflux that returns each record immediately and keeps none. As a result, the bytes of a chunk
 * are no longer needed after the decoder has finished the chunk and the chunk's records have been processed. A user's
 * decoder may keep records, so it does not implement this interface.
 */
public interface LeavesChunks {}
