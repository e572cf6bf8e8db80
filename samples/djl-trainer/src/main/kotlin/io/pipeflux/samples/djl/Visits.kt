package io.pipeflux.samples.djl

import io.pipeflux.records.example.proto.Example
import io.pipeflux.records.example.proto.Feature
import io.pipeflux.records.example.proto.Features
import io.pipeflux.records.example.proto.FloatList
import io.pipeflux.records.example.proto.Int64List
import io.pipeflux.records.tfrecord.TfRecords
import reactor.core.publisher.Flux
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.Path
import java.nio.file.StandardOpenOption.CREATE_NEW
import java.nio.file.StandardOpenOption.WRITE
import java.util.Random
import kotlin.math.exp

internal const val PAGES = 50
internal const val COUNTRIES = 8
internal const val DEVICES = 3
internal const val VISIT = 4

/**
 * Generated visits to a shop. The probability that the visitor buys depends on the pages, the country, the device and
 * the numeric values of the visit.
 */
internal class Visits(
    seed: Long,
) {
    private val random = Random(seed)

    /** Writes [rows] visits to a TFRecord file. */
    fun write(
        file: Path,
        rows: Int,
    ) {
        FileChannel.open(file, CREATE_NEW, WRITE).use { channel ->
            Flux
                .range(0, rows)
                .map { visit() }
                .transform(TfRecords.encode())
                .doOnNext { frame -> while (frame.hasRemaining()) channel.write(frame) }
                .blockLast()
        }
    }

    private fun visit(): ByteBuffer {
        val pages = List(random.nextInt(11)) { random.nextInt(PAGES) }
        val country = random.nextInt(COUNTRIES)
        val device = random.nextInt(DEVICES)
        val visit = FloatArray(VISIT) { random.nextGaussian().toFloat() }
        val score =
            8 * (if (pages.isEmpty()) 0.0 else pages.map { PAGE[it] }.average()) +
                2 * COUNTRY[country] + DEVICE[device] + visit[0] - visit[1]
        val bought = if (random.nextDouble() < 1 / (1 + exp(-2 * score))) 1f else 0f
        val features =
            Features
                .newBuilder()
                .putFeature("pages", ints(pages))
                .putFeature("country", ints(listOf(country)))
                .putFeature("device", ints(listOf(device)))
                .putFeature("visit", floats(*visit))
                .putFeature("bought", floats(bought))
        return ByteBuffer.wrap(
            Example
                .newBuilder()
                .setFeatures(features)
                .build()
                .toByteArray(),
        )
    }

    private companion object {
        // the weights that the network has to learn
        val PAGE = Random(1).doubles(PAGES.toLong(), -1.0, 1.0).toArray()
        val COUNTRY = Random(2).doubles(COUNTRIES.toLong(), -1.0, 1.0).toArray()
        val DEVICE = Random(3).doubles(DEVICES.toLong(), -1.0, 1.0).toArray()

        fun ints(values: List<Int>): Feature =
            Feature.newBuilder().setInt64List(Int64List.newBuilder().addAllValue(values.map { it.toLong() })).build()

        fun floats(vararg values: Float): Feature =
            Feature.newBuilder().setFloatList(FloatList.newBuilder().addAllValue(values.asList())).build()
    }
}
