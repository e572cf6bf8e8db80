package io.pipeflux.kotlin

import io.pipeflux.core.Pass
import io.pipeflux.core.Position
import io.pipeflux.core.ResumePoint
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.reactor.asCoroutineContext
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import reactor.core.publisher.Flux
import reactor.util.context.Context

/** The way of a [Pass] from the collecting coroutine up to the source. */
class FlowContextTest {
    private val point = ResumePoint(Position(3, Position.NO_OBJECT, 17, 1), 0)

    /** Gives the pass it was subscribed to for, once. */
    private val source: Flux<String> =
        Flux.deferContextual { context ->
            val pass = Pass.current(context)
            val start = pass.start()?.let { " at ${it.position().byteOffset()}" }.orEmpty()
            Flux.just("pass ${pass.index()} epoch ${pass.epoch()}$start")
        }

    private val pipeline =
        source
            .repeatEpochs(5)
            .prefetch(10)
            .mapAndBatch(1, 2) { it }
            .map { it.single() }

    private val resumed = arrayOf("pass 0 epoch 3 at 17", "pass 1 epoch 4")

    @Test
    fun `each pass sees its own Pass`() =
        runBlocking<Unit> {
            assertThat(pipeline.toFlow().toList()).containsExactly(*Array(5) { "pass $it epoch $it" })
        }

    @Test
    fun `a resume point reaches the first pass from resumeAt`() =
        runBlocking<Unit> {
            val flow = pipeline.resumeAt(point).toFlow()
            assertThat(flow.toList()).containsExactly(*resumed)
            assertThat(flow.flowOn(Dispatchers.IO).toList()).containsExactly(*resumed)
        }

    @Test
    fun `a resume point reaches the first pass from the coroutine's ReactorContext`() =
        runBlocking<Unit> {
            val context = Pass.resumeAt(point).apply(Context.empty())
            val passes = withContext(context.asCoroutineContext()) { pipeline.toFlow(demand = 2).toList() }
            assertThat(passes).containsExactly(*resumed)
            assertThat(pipeline.toFlow().flowOn(context.asCoroutineContext()).toList()).containsExactly(*resumed)
        }
}
