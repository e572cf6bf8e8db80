package io.pipeflux.kotlin

import io.pipeflux.core.ResumePoint
import io.pipeflux.core.job.Checkpoint
import io.pipeflux.core.job.Checkpoints
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.withContext
import kotlin.jvm.optionals.getOrNull

/** Reads the newest checkpoint on [Dispatchers.IO], or returns null if there is none. Must be called before saving. */
public suspend fun Checkpoints.awaitLatest(): Checkpoint? = withContext(Dispatchers.IO) { latest().getOrNull() }

/**
 * Writes a checkpoint on [Dispatchers.IO] if one is due, and returns whether one was.
 *
 * Runs to its end even if the coroutine is cancelled, because [awaitSaveLast] must know of each step that was done.
 *
 * @param step the number of steps that the training has done in all its runs
 * @param resumeAt the point at which the next batch begins: `batch.resumeAt()` of the last one
 * @param state returns the bytes to save; called on [Dispatchers.IO], and only if a checkpoint is due
 */
public suspend fun Checkpoints.awaitSaveIfDue(
    step: Long,
    resumeAt: ResumePoint,
    state: () -> ByteArray,
): Boolean = toItsEnd { saveIfDue(step, resumeAt, state) }

/**
 * Writes a checkpoint of the step for which [awaitSaveIfDue] was last called, unless it was saved already, and returns
 * whether it was written. Runs to its end even if the coroutine is cancelled.
 *
 * @param state returns the bytes to save; called on [Dispatchers.IO]
 */
public suspend fun Checkpoints.awaitSaveLast(state: () -> ByteArray): Boolean = toItsEnd { saveLast(state) }

/**
 * Runs a block on [Dispatchers.IO] to its end, even if the coroutine is cancelled. Both contexts in one call would
 * check for a cancel on the return to the caller's dispatcher.
 */
private suspend fun <T> toItsEnd(blocking: () -> T): T = withContext(NonCancellable) { withContext(Dispatchers.IO) { blocking() } }
