package io.pipeflux.kotlin

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import reactor.core.publisher.Flux
import reactor.core.publisher.Sinks
import java.util.concurrent.CountDownLatch
import kotlin.time.Duration.Companion.hours

/** What docs/kotlin.md says of `runTest`. */
class VirtualTimeTest {
    @Test
    fun `a timeout around the collecting fires at once, whatever its length`() {
        val never = Sinks.many().unicast().onBackpressureBuffer<Int>()
        assertThrows<TimeoutCancellationException> {
            runTest { withTimeout(1000.hours) { never.asFlux().toFlow().toList() } }
        }
    }

    @Test
    fun `inside another dispatcher time is real`() =
        runTest {
            val batches =
                withContext(Dispatchers.Default) {
                    withTimeout(1.hours) {
                        Flux
                            .range(0, 4)
                            .prefetch(1)
                            .mapAndBatch(2, 1) { it }
                            .toFlow()
                            .toList()
                    }
                }
            assertThat(batches).containsExactly(listOf(0, 1), listOf(2, 3))
        }

    @Test
    fun `a mapper's delay is real, too`() {
        val slept = CountDownLatch(1)
        runTest {
            Flux
                .just(1)
                .mapAndBatch(1, 1, Dispatchers.Default) {
                    delay(5)
                    slept.countDown()
                    it
                }.toFlow()
                .toList()
        }
        assertThat(slept.count).isZero()
    }
}
