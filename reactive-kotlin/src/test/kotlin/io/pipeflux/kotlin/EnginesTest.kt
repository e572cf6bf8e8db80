package io.pipeflux.kotlin

import io.pipeflux.core.PipefluxException
import io.pipeflux.core.RawRecord
import io.pipeflux.core.ResumePoint
import io.pipeflux.core.SkipPolicy
import io.pipeflux.core.operator.BatchOptions
import io.pipeflux.core.operator.Remainder
import io.pipeflux.records.tfrecord.TfRecords
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.yield
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import reactor.core.publisher.Flux
import reactor.core.scheduler.Schedulers
import java.nio.ByteBuffer
import java.util.Random
import java.util.concurrent.CopyOnWriteArrayList

/** The three engines of mapAndBatch make the same batches of the same rows: inline, on workers, and with coroutines. */
class EnginesTest {
    private val cases = 150

    /** Maps rows in lists, each engine in its own way. */
    private enum class Engine {
        INLINE {
            override fun batches(
                records: Flux<RawRecord>,
                case: Case,
                letters: MutableList<String>,
            ) = records.mapAndBatch(case.options(0, letters)) { record -> case.map(record) }
        },
        WORKERS {
            override fun batches(
                records: Flux<RawRecord>,
                case: Case,
                letters: MutableList<String>,
            ) = records.mapAndBatch(case.options(case.parallelism, letters)) { record -> case.map(record) }
        },
        COROUTINES {
            override fun batches(
                records: Flux<RawRecord>,
                case: Case,
                letters: MutableList<String>,
            ) = records.mapAndBatch(case.options(case.parallelism, letters), Dispatchers.Default) { record ->
                when (record.size() % 4) {
                    0 -> yield()
                    1 -> delay(record.size() % 3L)
                }
                case.map(record)
            }
        }, ;

        abstract fun batches(
            records: Flux<RawRecord>,
            case: Case,
            letters: MutableList<String>,
        ): Flux<List<Row>>
    }

    private enum class Fault { NONE, TRUNCATED, CORRUPT, SOURCE, MAPPER, MANY_ROWS, BROKEN_ROW }

    /** What a row became, and where reading continues after it. */
    private data class Row(
        val text: String,
        val resumeAt: ResumePoint,
    )

    private class BadRow(
        text: String,
    ) : RuntimeException(text)

    private class Case(
        random: Random,
    ) {
        val rows = random.nextInt(120)
        val epochs = 1 + random.nextInt(2)
        val size = 1 + random.nextInt(20)
        val parallelism = 1 + random.nextInt(9)
        val fault = Fault.entries[random.nextInt(Fault.entries.size)]
        private val at = if (rows == 0) 0 else random.nextInt(rows)
        private val remainder = Remainder.entries[random.nextInt(2)]
        private val skips = random.nextBoolean()
        private val inARow = 1 + random.nextInt(3)
        private val lookAhead = random.nextInt(60)
        private val chunk = 1 + random.nextInt(300)
        val block = if (random.nextBoolean()) 0 else 1 + random.nextInt(30)
        val ahead = if (random.nextBoolean()) 0 else 1 + random.nextInt(40)
        val async = random.nextBoolean()
        val demand = 1 + random.nextInt(3)

        fun options(
            parallelism: Int,
            letters: MutableList<String>,
        ): BatchOptions {
            val options = BatchOptions.of(size, parallelism).remainder(remainder).lookAheadRows(lookAhead)
            return if (!skips) {
                options
            } else {
                options.onBadRow(SkipPolicy.skip(inARow, Long.MAX_VALUE).deadLetters { letters += "${it.position()}: ${it.cause()}" })
            }
        }

        fun map(record: RawRecord): Row {
            val text = String(record.toByteArray())
            val row = text.substringBefore(' ').toInt()
            if ((fault == Fault.MAPPER && row == at) || (fault == Fault.MANY_ROWS && (row * 31 + at) % 5 < 2)) {
                throw BadRow(text)
            }
            if (fault == Fault.BROKEN_ROW && row == at) throw AssertionError(text) // no policy skips it
            if (fault == Fault.BROKEN_ROW && row % 4 == at % 3) throw BadRow(text)
            return Row(text, record.resumeAt())
        }

        fun bytes(): Flux<ByteBuffer> {
            val frames =
                Flux
                    .range(0, rows)
                    .map { ByteBuffer.wrap("$it ${"x".repeat(it * 31 % 50)}".toByteArray()) }
                    .transform(TfRecords.encode())
                    .map { frame -> ByteArray(frame.remaining()).also { frame.get(it) } }
                    .collectList()
                    .block()
                    .orEmpty()
                    .fold(ByteArray(0), ByteArray::plus)
            if (fault == Fault.CORRUPT &&
                frames.isNotEmpty()
            ) {
                frames[frames.size * at / rows] = (frames[frames.size * at / rows] + 1).toByte()
            }
            val end = if (fault == Fault.TRUNCATED && frames.isNotEmpty()) frames.size - 1 else frames.size
            val chunks = (0 until end step chunk).map { ByteBuffer.wrap(frames.copyOfRange(it, minOf(end, it + chunk))) }
            val bytes = Flux.fromIterable(chunks)
            return if (fault == Fault.SOURCE) bytes.concatWith(Flux.error(IllegalStateException("source"))) else bytes
        }

        override fun toString() =
            "$rows rows, $epochs epochs, size $size, parallelism $parallelism, $fault at $at, $remainder, skips $skips $inARow," +
                " look-ahead $lookAhead, chunk $chunk, block $block, prefetch $ahead, async $async, demand $demand"
    }

    private data class Outcome(
        val batches: List<List<Row>>,
        val end: String,
        val letters: List<String>,
    )

    private fun Case.run(
        engine: Engine,
        from: ResumePoint = ResumePoint.START,
    ): Outcome {
        val letters = CopyOnWriteArrayList<String>()
        val batches = CopyOnWriteArrayList<List<Row>>()
        var records = bytes().let { if (async) it.publishOn(Schedulers.parallel(), 2) else it }.decode(TfRecords.format())
        if (block > 0) records = records.shuffle(block, 42)
        records = records.repeatEpochs(epochs)
        if (ahead > 0) records = records.prefetch(ahead)
        val end =
            try {
                runBlocking {
                    engine
                        .batches(records, this@run, letters)
                        .resumeAt(from)
                        .toFlow(demand)
                        .collect { batches += it }
                }
                "complete"
            } catch (e: PipefluxException) {
                "${e.javaClass.simpleName} at ${e.position()}"
            } catch (e: AssertionError) {
                e.toString()
            } catch (e: RuntimeException) {
                e.toString() + e.suppressed.filterIsInstance<PipefluxException>().map { it.position() }
            }
        return Outcome(batches, end, letters)
    }

    @Test
    fun `make the same batches, ends and dead letters`() {
        var failed = 0
        for (seed in 0 until cases) {
            val case = Case(Random(seed.toLong()))
            val inline = case.run(Engine.INLINE)
            if (inline.end != "complete") failed++
            for (engine in listOf(Engine.WORKERS, Engine.COROUTINES)) {
                val outcome = case.run(engine)
                val which = "seed $seed, $engine: $case"
                assertThat(outcome.batches).describedAs(which).isEqualTo(inline.batches)
                assertThat(outcome.letters).describedAs(which).isEqualTo(inline.letters)
                assertThat(outcome.end).describedAs(which).isEqualTo(inline.end)
            }
        }
        assertThat(failed).isBetween(cases / 10, cases * 9 / 10)
    }

    @Test
    fun `resume behind any batch with the rows that come next`() {
        for (seed in 0 until cases / 3) {
            val random = Random(seed.toLong())
            val case = Case(random)
            if (case.fault != Fault.NONE) continue
            val whole = case.run(Engine.COROUTINES)
            if (whole.batches.isEmpty()) continue
            val seen = random.nextInt(whole.batches.size)
            val rest = case.run(Engine.entries[random.nextInt(3)], whole.batches[seen].last().resumeAt)
            assertThat(rest.batches.flatten().map { it.text })
                .describedAs("seed $seed, batch $seen: $case")
                .isEqualTo(
                    whole.batches
                        .drop(seen + 1)
                        .flatten()
                        .map { it.text },
                )
        }
    }
}
