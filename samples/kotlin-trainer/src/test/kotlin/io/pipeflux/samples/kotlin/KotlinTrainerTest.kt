package io.pipeflux.samples.kotlin

import io.pipeflux.core.pipe.PipeOptions
import io.pipeflux.core.suite.OpenResources
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.assertj.core.api.Assertions.assertThat
import org.awaitility.Awaitility.await
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.isSymbolicLink
import kotlin.io.path.listDirectoryEntries

class KotlinTrainerTest {
    @TempDir
    lateinit var directory: Path

    private fun openPipes(): List<String> =
        Path
            .of("/proc/self/fd")
            .listDirectoryEntries()
            .filter { it.isSymbolicLink() }
            .mapNotNull { runCatching { Files.readSymbolicLink(it).toString() }.getOrNull() } // closed meanwhile
            .filter { "train_" in it }

    @AfterEach
    fun `nothing is left`() {
        await().untilAsserted {
            assertThat(openPipes()).isEmpty()
            assertThat(OpenResources.pipeThreads()).isEmpty()
        }
        assertThat(directory.listDirectoryEntries("pipeflux-trainer-*")).isEmpty()
    }

    @Test
    fun `learns from the channel it fills itself`() {
        val accuracies = runBlocking { demo(directory) }
        assertThat(accuracies).hasSize(3)
        assertThat(accuracies.last()).isGreaterThan(0.95)
    }

    @Test
    fun `learns from pipes that another program fills`() {
        val accuracies =
            runBlocking {
                launch { fill(directory, "train") }
                train(PipeOptions.directory(directory), "train")
            }
        assertThat(accuracies.last()).isGreaterThan(0.95)
    }

    @Test
    fun `main runs to its end`() = main(emptyArray())
}
