package io.pipeflux.kotlin

import io.pipeflux.core.ObjectBytes
import io.pipeflux.core.RawRecord
import io.pipeflux.core.suite.GivenBuffers
import io.pipeflux.core.suite.GivenBuffers.Consumer
import io.pipeflux.core.suite.PublicMethods
import io.pipeflux.records.text.TextLines
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import reactor.core.publisher.Flux
import reactor.core.publisher.Mono
import java.util.stream.Stream

/** Whoever is given buffers leaves them as they are, so that their source may keep them and give them again. */
class ByteConsumersTest {
    private val text = (1..400).joinToString("\n") { "${it * 7919},0.5" }.toByteArray()

    private val consumers =
        listOf(
            Consumer("OperatorsKt.decode(Flux, FrameFormat)", text) { lines(it.decode(TextLines.format())) },
            Consumer("OperatorsKt.decodeObjects(Flux, FrameFormat)", text) {
                lines(Flux.just(ObjectBytes.of("object", 0, -1, null) { _ -> it }).decodeObjects(TextLines.format()))
            },
        )

    private fun lines(records: Flux<RawRecord>): Mono<List<String>> = records.map(TextLines::text).collectList()

    @TestFactory
    fun `leaves the buffers as they are`(): Stream<DynamicTest> = consumers.stream().flatMap(GivenBuffers::tests)

    @Test
    fun `no public function is missing`() {
        val given = PublicMethods.givenBytes(Class.forName("io.pipeflux.kotlin.OperatorsKt"))
        assertThat(consumers.map { it.method() }).containsAll(given)
    }
}
