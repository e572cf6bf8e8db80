package io.pipeflux.samples.agent;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.records.arrow.ArrowStreams;
import io.pipeflux.records.batch.ColumnBatch;
import java.nio.ByteBuffer;
import java.util.stream.Collector;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Batches instead of bytes: an epoch's records, decoded, parsed and batched, as one Arrow stream.
 *
 * @param schema the text that the collector was made of
 * @param batchSize the rows of a batch; the last of an epoch may have fewer
 */
record ArrowEmission(FormatOption format, Collector<RawRecord, ?, ColumnBatch> batches, String schema, int batchSize) {

    private static final int PARALLEL_BATCHES = 2;

    /** What becomes of the records, for {@link io.pipeflux.core.agent.AgentChannel#content}. */
    String content() {
        return "format=" + format + " batch=" + batchSize + " schema=" + schema;
    }

    /** An epoch that consists of one object, its Arrow stream. */
    Flux<ObjectBytes> emit(String channel, Flux<ObjectBytes> objects, boolean gzip) {
        Mono<FrameFormat<RawRecord>> known = format.of(objects, gzip).cache();
        Flux<ByteBuffer> stream = known.flatMapMany(frames -> objects.transform(frames.decodeObjects())
                .transform(mapAndBatch(batchSize, PARALLEL_BATCHES, batches))
                .transform(ArrowStreams.encode()));
        return Flux.just(
                ObjectBytes.of(channel + " as an Arrow stream", 0, ObjectBytes.UNKNOWN_SIZE, null, from -> stream));
    }
}
