package io.pipeflux.kotlin

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.reactive.asFlow
import kotlinx.coroutines.runBlocking
import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatThrownBy
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import reactor.core.publisher.Flux
import java.util.concurrent.CopyOnWriteArrayList

/** What a Flow asks of its source, signal by signal. */
class FlowDemandTest {
    private val signals = CopyOnWriteArrayList<String>()

    /** 1 to 5; writes down what is requested of it, what it gives, and that it is cancelled. */
    private val source: Flux<Int> =
        Flux
            .range(1, 5)
            .doOnRequest { signals += "request $it" }
            .doOnNext { signals += "give $it" }
            .doOnCancel { signals += "cancel" }

    private val failing: Flux<Int> = source.concatWith(Flux.error(ArithmeticException("behind 5")))

    private fun collect(flow: Flow<Int>): List<String> {
        runBlocking { flow.onEach { signals += "collected $it" }.collect() }
        return signals
    }

    private fun requests(flow: Flow<Int>): List<String> = collect(flow).filter { it.startsWith("request") }

    @Test
    fun `asks for one element, and for the next when that has been collected`() {
        val once = (1..5).flatMap { listOf("request 1", "give $it", "collected $it") }
        assertThat(collect(source.toFlow())).startsWith(*once.toTypedArray())
    }

    @Test
    fun `asks for as many elements as demanded, and again when all of them have been collected`() {
        assertThat(collect(source.toFlow(demand = 2)).take(10)).containsExactly(
            *arrayOf("request 2", "give 1", "give 2", "collected 1", "collected 2"),
            *arrayOf("request 2", "give 3", "give 4", "collected 3", "collected 4"),
        )
    }

    @Test
    fun `asks without bound only when demanded`() {
        assertThat(requests(source.toFlow(Int.MAX_VALUE))).containsExactly("request ${Long.MAX_VALUE}")
    }

    @Test
    fun `plain asFlow asks for 64`() {
        assertThat(requests(source.asFlow())).containsExactly("request 64")
    }

    @Test
    fun `a buffer behind it is added to the demand`() {
        assertThat(requests(source.toFlow(1).buffer(5))).startsWith("request 5")
        signals.clear()
        assertThat(requests(source.toFlow(2).buffer(5))).containsExactly("request 7")
        signals.clear()
        assertThat(requests(source.toFlow(1).buffer())).startsWith("request 1", "request 1")
        signals.clear()
        assertThat(requests(source.toFlow(1).conflate())).containsExactly("request ${Long.MAX_VALUE}")
    }

    @Test
    fun `flowOn asks for the next element while the collector is at work on one, and for no more`() {
        val given = Channel<Int>(Channel.UNLIMITED)
        val flow = source.doOnNext { given.trySend(it) }.toFlow(1).flowOn(Dispatchers.Default)
        runBlocking {
            // Without the type ": Int" Kotlin 2.4.21 makes a class of the block that does not verify.
            flow.take(1).collect { element: Int ->
                assertThat(listOf(given.receive(), given.receive())).containsExactly(element, element + 1)
            }
        }
        assertThat(signals).doesNotContain("give 3").containsOnlyOnce("cancel")
    }

    @Test
    fun `an error comes behind the elements that arrived with it`() {
        assertThrows<ArithmeticException> { collect(failing.toFlow(demand = 10)) }
        assertThat(signals.filter { it.startsWith("collected") }).hasSize(5)
    }

    @Test
    fun `behind flowOn an error does not wait for the collector, as it does without`() {
        val flow = failing.toFlow(demand = 10).flowOn(Dispatchers.Default)
        assertThrows<ArithmeticException> { runBlocking { flow.collect { _: Int -> awaitCancellation() } } }
    }

    @Test
    fun `a collector that has enough cancels and asks for no more`() {
        assertThat(runBlocking { source.toFlow().first() }).isEqualTo(1)
        assertThat(signals).containsExactly("request 1", "give 1", "cancel")
    }

    @Test
    fun `what has arrived and was not collected is dropped without a call of the discard hook`() {
        val discarding = source.doOnDiscard(Any::class.java) { signals += "discard $it" }
        assertThat(runBlocking { discarding.toFlow(demand = 3).first() }).isEqualTo(1)
        assertThat(signals).containsExactly("request 3", "give 1", "give 2", "give 3", "cancel")
    }

    @Test
    fun `a demand below 1 is refused when the flow is made`() {
        assertThatThrownBy { source.toFlow(demand = 0) }
            .isInstanceOf(IllegalArgumentException::class.java)
            .hasMessage("expected demand >= 1, but got 0")
        assertThatThrownBy { source.toFlow(demand = -2) }.hasMessageContaining("-2")
    }
}
