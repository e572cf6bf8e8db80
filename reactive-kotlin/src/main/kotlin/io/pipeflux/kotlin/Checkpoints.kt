package io.pipeflux.kotlin

import io.pipeflux.core.ResumePoint
import io.pipeflux.core.job.Checkpoint
import io.pipeflux.core.job.Checkpoints
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.withContext
import kotlin.jvm.optionals.getOrNull

/** Reads the newest checkpoint on [Dispatchers.IO]; null if none exists. Must be called before one is saved. */
public suspend fun Checkpoints.awaitLatest(): Checkpoint? = withContext(Dispatchers.IO) { latest().getOrNull() }

/**
 * Writes a checkpoint on [Dispatchers.IO] if one is due, and returns whether one was.
 *
 * Runs to its end also in a coroutine that is cancelled: the step has been made, so [awaitSaveLast] must know of it.
 *
 * @param step the number of steps that the training has done in all its runs
 * @param resumeAt where the next batch begins: `batch.resumeAt()` of the last one
 * @param state returns the bytes to save; called on [Dispatchers.IO], and only if a checkpoint is due
 */
public suspend fun Checkpoints.awaitSaveIfDue(
    step: Long,
    resumeAt: ResumePoint,
    state: () -> ByteArray,
): Boolean = toItsEnd { saveIfDue(step, resumeAt, state) }

/**
 * Writes a checkpoint of the step for which [awaitSaveIfDue] was last called, unless it is saved already, and returns
 * whether it was written. Runs to its end also in a coroutine that was cancelled.
 *
 * @param state returns the bytes to save; called on [Dispatchers.IO]
 */
public suspend fun Checkpoints.awaitSaveLast(state: () -> ByteArray): Boolean = toItsEnd { saveLast(state) }

/** Two contexts: one that did both would look for a cancel when it returns to the caller's dispatcher. */
private suspend fun <T> toItsEnd(blocking: () -> T): T = withContext(NonCancellable) { withContext(Dispatchers.IO) { blocking() } }
