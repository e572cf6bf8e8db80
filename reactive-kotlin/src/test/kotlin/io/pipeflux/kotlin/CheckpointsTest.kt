package io.pipeflux.kotlin

import io.pipeflux.core.ResumePoint
import io.pipeflux.core.job.Checkpoints
import io.pipeflux.core.job.Fingerprint
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path

class CheckpointsTest {
    @TempDir
    lateinit var directory: Path

    @Test
    fun `a coroutine saves and reads checkpoints`() =
        runBlocking<Unit> {
            val job = Fingerprint.of("train", "s3://bucket/train/").with("batch", 64)
            val checkpoints = Checkpoints.directory(directory, job).everySteps(2)
            assertThat(checkpoints.latest()).isEmpty()
            var step = 0L
            val saved =
                List(5) {
                    withContext(Dispatchers.IO) { checkpoints.saveIfDue(++step, ResumePoint.START) { byteArrayOf(1, 2, 3) } }
                }
            assertThat(saved).containsExactly(false, true, false, true, false)
            checkpoints.close()
            assertThat(
                Checkpoints
                    .directory(directory, job)
                    .latest()
                    .orElseThrow()
                    .step(),
            ).isEqualTo(4)
        }

    @Test
    fun `the suspending forms save, read, and save the last step of a coroutine that was cancelled`() =
        runBlocking<Unit> {
            val job = Fingerprint.of("train", "s3://bucket/train/")
            Checkpoints.directory(directory, job).everySteps(2).use { checkpoints ->
                assertThat(checkpoints.awaitLatest()).isNull()
                assertThat(
                    List(3) { checkpoints.awaitSaveIfDue(it + 1L, ResumePoint.START) { byteArrayOf(1) } },
                ).containsExactly(false, true, false)
                val cancelled =
                    launch(start = CoroutineStart.UNDISPATCHED) {
                        try {
                            awaitCancellation()
                        } finally {
                            checkpoints.awaitSaveIfDue(3, ResumePoint.START) { error("expected no checkpoint to be due, but one was") }
                            checkpoints.awaitSaveLast { byteArrayOf(5) }
                        }
                    }
                cancelled.cancelAndJoin()
            }
            Checkpoints.directory(directory, job).use { assertThat(it.awaitLatest()?.step()).isEqualTo(3) }
        }
}
