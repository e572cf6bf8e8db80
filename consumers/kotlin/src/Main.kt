package example

import io.pipeflux.core.RawRecord
import io.pipeflux.core.pipe.PipeChannels
import io.pipeflux.core.pipe.PipeOptions
import io.pipeflux.kotlin.decode
import io.pipeflux.kotlin.decodeObjects
import io.pipeflux.kotlin.mapAndBatch
import io.pipeflux.kotlin.prefetch
import io.pipeflux.kotlin.repeatEpochs
import io.pipeflux.kotlin.toFlow
import io.pipeflux.records.tfrecord.TfRecords
import io.pipeflux.s3.S3Channels
import io.pipeflux.s3.http.ReactorNettyHttpClient
import kotlinx.coroutines.runBlocking
import reactor.core.publisher.Flux

/** The pipeline of the README as a Flow. */
fun main() = runBlocking {
    train("pipe", PipeChannels.create(PipeOptions.mlRoot(Data.startAgent())).channel("train").decode(TfRecords.format()))
    Data.client(ReactorNettyHttpClient.builder()).use { s3 ->
        train("S3", S3Channels.prefix(s3, Data.upload(s3)).objects().decodeObjects(TfRecords.format()))
    }
}

private suspend fun train(what: String, records: Flux<RawRecord>) {
    var rows = 0L
    var sum = 0L
    records.repeatEpochs(Data.EPOCHS)
        .prefetch(10)
        .mapAndBatch(64, 2, Data.SCHEMA.batches())
        .toFlow(demand = 1)
        .collect { batch ->
            rows += batch.rows()
            sum += Data.sum(batch)
        }
    Data.check(what, rows, sum)
}
