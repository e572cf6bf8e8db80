package io.pipeflux.kotlin

import io.pipeflux.core.ResumePoint
import io.pipeflux.core.job.Checkpoints
import io.pipeflux.core.job.Fingerprint
import kotlinx.coroutines.Dispatchers
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
}
