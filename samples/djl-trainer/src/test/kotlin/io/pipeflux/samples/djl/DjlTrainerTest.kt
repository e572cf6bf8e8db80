package io.pipeflux.samples.djl

import io.pipeflux.core.pipe.PipeChannels
import io.pipeflux.core.pipe.PipeOptions
import io.pipeflux.core.suite.OpenResources
import io.pipeflux.records.batch.ColumnAllocator
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.assertj.core.api.Assertions.assertThat
import org.awaitility.Awaitility.await
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.Tag
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.isSymbolicLink
import kotlin.io.path.listDirectoryEntries

class DjlTrainerTest {
    @TempDir
    lateinit var directory: Path

    private fun openPipes(): List<String> =
        Path
            .of("/proc/self/fd")
            .listDirectoryEntries()
            .filter { it.isSymbolicLink() }
            .mapNotNull { runCatching { Files.readSymbolicLink(it).toString() }.getOrNull() } // closed meanwhile
            .filter { "train_" in it || "validation_" in it }

    @AfterEach
    fun `nothing is left`() {
        await().untilAsserted {
            assertThat(openPipes()).isEmpty()
            assertThat(OpenResources.pipeThreads()).isEmpty()
        }
        assertThat(directory.listDirectoryEntries("pipeflux-trainer-*")).isEmpty()
    }

    @Test
    fun `each collecting reads an epoch of ragged, categorical and dense columns`() {
        val rows =
            runBlocking {
                filled(directory) { ml ->
                    val channels = PipeChannels.create(PipeOptions.mlRoot(ml))
                    List(EPOCHS) {
                        listOf("train", "validation").map { channel ->
                            batches(channels, channel, ColumnAllocator.pooledDirect(1 shl 20))
                                .map { batch ->
                                    assertThat(batch.names()).containsExactlyElementsOf(INPUTS + LABELS)
                                    assertThat(batch.column("pages").isRagged).isTrue()
                                    assertThat(batch.column("visit").shape()).containsExactly(BATCH, VISIT)
                                    batch.rows().also { batch.release() }
                                }.toList()
                                .sum()
                        }
                    }
                }
            }
        assertThat(rows).hasSize(EPOCHS).containsOnly(listOf(19_200, 3_200))
    }

    @Test
    @Tag("natives")
    fun `the loss falls and the network classifies what it has not seen`() {
        assumeTrue(isPyTorchHere())
        val epochs = runBlocking { demo(directory) }
        assertThat(epochs).hasSize(EPOCHS)
        assertThat(epochs.last().loss).isLessThan(0.8f * epochs.first().loss)
        assertThat(epochs.last().accuracy).isGreaterThan(0.85f)
    }

    @Test
    fun `main runs to its end`() = main(emptyArray())
}
