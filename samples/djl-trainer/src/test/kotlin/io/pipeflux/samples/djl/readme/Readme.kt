package io.pipeflux.samples.djl.readme

import io.pipeflux.core.pipe.PipeChannels
import io.pipeflux.core.pipe.PipeOptions
import io.pipeflux.kotlin.decode
import io.pipeflux.kotlin.mapAndBatch
import io.pipeflux.kotlin.prefetch
import io.pipeflux.kotlin.repeatEpochs
import io.pipeflux.kotlin.toFlow
import io.pipeflux.records.batch.DType
import io.pipeflux.records.example.Feature
import io.pipeflux.records.example.Schema
import io.pipeflux.records.tfrecord.TfRecords
import kotlinx.coroutines.runBlocking
import java.nio.file.Path

fun main(args: Array<String>) =
    runBlocking {
        val schema = Schema.of(Feature.decodeRaw("data", DType.FLOAT64, 1024), Feature.int64("labels"))
        PipeChannels
            .create(PipeOptions.mlRoot(Path.of(args[0]))) // /opt/ml in a SageMaker container
            .channel("train")
            .decode(TfRecords.format())
            .repeatEpochs(2)
            .prefetch(10)
            .mapAndBatch(64, 2, schema.batches())
            .toFlow(demand = 1) // plain asFlow() would ask for 64 batches
            .collect { batch -> println("${batch.rows()} rows up to ${batch.resumeAt().position()}") }
    }
