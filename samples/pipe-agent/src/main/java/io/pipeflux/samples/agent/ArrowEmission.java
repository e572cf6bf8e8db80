package io.pipeflux.samples.agent;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.records.Formats;
import io.pipeflux.records.arrow.ArrowStreams;
import java.nio.ByteBuffer;
import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Batches instead of bytes: an epoch's records, decoded, parsed and batched, as one Arrow stream.
 *
 * @param records what the schema says
 * @param schema its text
 * @param batchSize the rows of a batch; the last of an epoch may have fewer
 */
record ArrowEmission(FormatOption format, RecordSchema records, String schema, int batchSize) {

    private static final int PARALLEL_BATCHES = 2;
    private static final Duration FOREVER = Duration.ofMillis(Long.MAX_VALUE); // for which no timer is set

    /** What becomes of the records, for {@link io.pipeflux.core.agent.AgentChannel#content}. */
    String content() {
        return "format=" + format + " batch=" + batchSize + " schema=" + schema;
    }

    /**
     * The objects of an epoch that are read. If the format is detected, hidden files are not; a channel that has no
     * other files is an error, since its data may be in them.
     */
    Flux<ObjectBytes> read(ChannelSource source) {
        Flux<ObjectBytes> objects = source.objects();
        if (format != FormatOption.auto) {
            return objects;
        }
        Mono<ObjectBytes> noData = Mono.error(() -> new InputException("expected files with data in "
                + Printable.line(source.prefix()) + ", but got only hidden ones, whose names begin with _ or .: to read"
                + " them, name their format by --record-format"));
        return objects.transform(Formats.dataObjects(source.prefix()))
                .switchIfEmpty(objects.hasElements().flatMap(any -> any && !source.isShare() ? noData : Mono.empty()));
    }

    /** An epoch that consists of one object, its Arrow stream. */
    Flux<ObjectBytes> emit(String channel, Flux<ObjectBytes> objects, boolean gzip) {
        // an epoch without content decides nothing: the next one may have some
        Mono<FrameFormat<RawRecord>> known =
                format.of(objects, gzip, records).cache(frames -> FOREVER, e -> Duration.ZERO, () -> Duration.ZERO);
        Flux<ByteBuffer> stream = known.flatMapMany(frames -> objects.transform(frames.decodeObjects())
                        .transform(mapAndBatch(batchSize, PARALLEL_BATCHES, records.batches())))
                .transform(ArrowStreams.encode()); // outside: an epoch without content is a stream without batches
        return Flux.just(
                ObjectBytes.of(channel + " as an Arrow stream", 0, ObjectBytes.UNKNOWN_SIZE, null, from -> stream));
    }
}
