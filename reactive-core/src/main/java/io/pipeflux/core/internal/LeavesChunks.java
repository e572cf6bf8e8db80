package io.pipeflux.core.internal;

/**
 * A decoder of ours that returns each record at once and keeps none, so that nobody needs the bytes of a chunk which it
 * has left, and whose records are done with. A decoder of a user may keep what it returns.
 */
public interface LeavesChunks {}
