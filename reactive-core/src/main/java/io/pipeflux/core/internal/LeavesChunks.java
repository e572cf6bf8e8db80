package io.pipeflux.core.internal;

/**
 * A decoder of Pipeflux that returns each record immediately and keeps none. So the bytes of a chunk are no longer
 * needed when the decoder has left it and its records have been processed. A user's decoder may keep records.
 */
public interface LeavesChunks {}
