package io.pipeflux.kotlin

import io.pipeflux.core.CorruptRecordException
import io.pipeflux.core.ObjectBytes
import io.pipeflux.records.DetectedFormat
import kotlinx.coroutines.runBlocking
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import reactor.core.publisher.Flux
import java.nio.ByteBuffer
import java.util.concurrent.CancellationException

class FormatsTest {
    private fun objectOf(bytes: ByteArray): ObjectBytes =
        ObjectBytes.of("object", 0, bytes.size.toLong(), null) { Flux.just(ByteBuffer.wrap(bytes)) }

    private val csv = objectOf("1,0.5,a\n2,0.25,b\n".toByteArray())

    @Test
    fun `an object's format is awaited, and one of no known format is an error`() =
        runBlocking<Unit> {
            assertThat(csv.detectFormat().kind()).isEqualTo(DetectedFormat.Kind.TEXT_LINES)
            assertThat(Flux.just(csv).detectFormat()?.kind()).isEqualTo(DetectedFormat.Kind.TEXT_LINES)
            assertThrows<CorruptRecordException> { runBlocking { objectOf(ByteArray(100)).detectFormat() } }
        }

    @Test
    fun `a schema is awaited`() =
        runBlocking<Unit> {
            assertThat(Flux.just(csv).inferSchema(10)?.rows()).isEqualTo(2)
        }

    @Test
    fun `what has no content is null, and not an empty result`() =
        runBlocking<Unit> {
            assertThat(Flux.empty<ObjectBytes>().detectFormat()).isNull()
            assertThat(Flux.empty<ObjectBytes>().inferSchema(10)).isNull()
        }

    @Test
    fun `a CancellationException of the data is an error`() {
        val cancelled = Flux.error<ObjectBytes>(CancellationException("of the data"))
        assertThrows<CancelledDataException> { runBlocking { cancelled.detectFormat() } }
        assertThrows<CancelledDataException> { runBlocking { cancelled.inferSchema(10) } }
    }
}
