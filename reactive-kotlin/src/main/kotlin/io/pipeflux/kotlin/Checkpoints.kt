package io.pipeflux.kotlin

import io.pipeflux.core.ResumePoint
import io.pipeflux.core.job.Checkpoint
import io.pipeflux.core.job.Checkpoints
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.withContext
import kotlin.jvm.optionals.getOrNull

/**
 * Reads the newest checkpoint on [Dispatchers.IO]. Returns null if no checkpoint exists. Must be called before the
 * first save.
 */
public suspend fun Checkpoints.awaitLatest(): Checkpoint? = withContext(Dispatchers.IO) { latest().getOrNull() }

/**
 * Writes a checkpoint on [Dispatchers.IO] if one is due. Returns whether a checkpoint was due.
 *
 * If the coroutine is cancelled, this function still runs to its end, because [awaitSaveLast] must know the most
 * recently completed step.
 *
 * @param step the number of steps that the training has completed in all its runs
 * @param resumeAt the point at which the next batch begins: `batch.resumeAt()` of the most recent batch
 * @param state returns the bytes to save; called on [Dispatchers.IO], and only if a checkpoint is due
 */
public suspend fun Checkpoints.awaitSaveIfDue(
    step: Long,
    resumeAt: ResumePoint,
    state: () -> ByteArray,
): Boolean = toItsEnd { saveIfDue(step, resumeAt, state) }

/**
 * Writes a checkpoint of the step that was most recently passed to [awaitSaveIfDue], unless that step has already been
 * saved. Returns whether a checkpoint was written. If the coroutine is cancelled, this function still runs to
 * its end.
 *
 * @param state returns the bytes to save; called on [Dispatchers.IO]
 */
public suspend fun Checkpoints.awaitSaveLast(state: () -> ByteArray): Boolean = toItsEnd { saveLast(state) }

/**
 * Runs a block on [Dispatchers.IO], and completes it even if the coroutine is cancelled. Two nested calls of
 * `withContext` are needed: a single call with both contexts would check for a cancellation when it returns to the
 * caller's dispatcher.
 */
private suspend fun <T> toItsEnd(blocking: () -> T): T = withContext(NonCancellable) { withContext(Dispatchers.IO) { blocking() } }
