package io.pipeflux.samples.djl.readme

import com.google.protobuf.ByteString
import io.pipeflux.core.agent.PipeAgent
import io.pipeflux.core.channel.DirectoryChannel
import io.pipeflux.records.example.proto.BytesList
import io.pipeflux.records.example.proto.Example
import io.pipeflux.records.example.proto.Feature
import io.pipeflux.records.example.proto.Features
import io.pipeflux.records.example.proto.Int64List
import io.pipeflux.records.tfrecord.TfRecords
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import reactor.core.publisher.Flux
import java.io.ByteArrayOutputStream
import java.io.PrintStream
import java.nio.ByteBuffer
import java.nio.file.Files
import java.nio.file.Path

class ReadmeTest {
    @TempDir
    lateinit var directory: Path

    @Test
    fun theProgramOfTheReadmeDoesItsWork() {
        val records = Files.createDirectory(directory.resolve("records"))
        Files.write(records.resolve("part-0"), file(rows = 70))
        val ml = directory.resolve("ml")
        val agent =
            PipeAgent
                .at(ml)
                .channel("train", DirectoryChannel.of(records).objects())
                .epochs(2)
                .run()
                .subscribe()

        val lines = printed { main(arrayOf(ml.toString())) }

        agent.dispose()
        assertThat(lines).hasSize(3).allMatch { it.contains(" rows up to ") }
    }

    private fun file(rows: Int): ByteArray {
        val file = ByteArrayOutputStream()
        Flux
            .range(0, rows)
            .map { example(it % 2L) }
            .transform(TfRecords.encode())
            .doOnNext { frame -> file.writeBytes(ByteArray(frame.remaining()).also { frame.get(it) }) }
            .blockLast()
        return file.toByteArray()
    }

    private fun example(label: Long): ByteBuffer {
        val data = BytesList.newBuilder().addValue(ByteString.copyFrom(ByteArray(1024 * Double.SIZE_BYTES)))
        val features =
            Features
                .newBuilder()
                .putFeature("data", Feature.newBuilder().setBytesList(data).build())
                .putFeature("labels", Feature.newBuilder().setInt64List(Int64List.newBuilder().addValue(label)).build())
        return ByteBuffer.wrap(
            Example
                .newBuilder()
                .setFeatures(features)
                .build()
                .toByteArray(),
        )
    }

    private fun printed(program: () -> Unit): List<String> {
        val out = System.out
        val bytes = ByteArrayOutputStream()
        System.setOut(PrintStream(bytes, true))
        try {
            program()
        } finally {
            System.setOut(out)
        }
        return bytes.toString().lines().filter { it.isNotEmpty() }
    }
}
