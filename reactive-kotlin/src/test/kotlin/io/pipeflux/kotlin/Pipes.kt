package io.pipeflux.kotlin

import io.pipeflux.core.ObjectBytes
import io.pipeflux.core.pipe.ChannelWriter
import io.pipeflux.core.pipe.PipeChannels
import io.pipeflux.core.pipe.PipeOptions
import io.pipeflux.core.pipe.PipeWrite
import io.pipeflux.core.suite.OpenResources
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.io.TempDir
import reactor.core.Disposable
import reactor.core.publisher.Flux
import java.nio.ByteBuffer
import java.nio.file.Path
import java.util.concurrent.CopyOnWriteArrayList

/** A directory of FIFOs, an agent that fills them, and after each test neither a descriptor nor a thread. */
abstract class Pipes {
    @TempDir
    lateinit var directory: Path

    private val agents = mutableListOf<Disposable>()

    /** What has become of each epoch that was written. */
    protected val written = CopyOnWriteArrayList<PipeWrite>()

    /** Fills a channel's pipes, one epoch after the other: what a platform's agent does. */
    protected fun startAgent(
        channel: String,
        epochs: Int,
        bytes: (Int) -> Flux<ByteBuffer>,
    ) {
        val writer = ChannelWriter.into(directory)
        agents +=
            Flux
                .range(0, epochs)
                .concatMap({ n -> writer.write(channel, n.toLong(), oneObject(bytes(n)), ObjectBytes::bytes) }, 0)
                .doOnNext { written += it }
                .subscribe({}, {})
    }

    private fun oneObject(bytes: Flux<ByteBuffer>) = Flux.just(ObjectBytes.of("object", 0, ObjectBytes.UNKNOWN_SIZE, null) { bytes })

    /** A reader's channel; a new one begins at pipe 0 again. */
    protected fun channel(name: String): Flux<ByteBuffer> = PipeChannels.create(PipeOptions.directory(directory)).channel(name)

    /** Stops the agents, wherever they are. */
    protected fun stopAgents() {
        agents.forEach { it.dispose() }
        agents.clear()
    }

    @AfterEach
    fun nothingIsLeft() {
        stopAgents()
        OpenResources.awaitNoneLeft(directory)
    }
}
