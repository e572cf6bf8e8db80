package io.pipeflux.samples.agent;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.shuffle;
import static java.util.function.Function.identity;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SkipPolicy;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.operator.BatchOptions;
import io.pipeflux.core.operator.Remainder;
import io.pipeflux.records.Formats;
import io.pipeflux.records.arrow.ArrowStreams;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.samples.agent.AgentOptions.Remaining;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.stream.Collector;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Batches instead of bytes: an epoch's records, decoded, parsed and batched, as one Arrow stream.
 *
 * @param records what the schema says
 * @param schema its text
 * @param batchSize the rows of a batch
 * @param remainder what becomes of the last rows of an epoch, if they are fewer
 * @param shuffledBlock how many consecutive records are shuffled with each other; 0: none are
 * @param badRecords what becomes of records that are corrupt or do not parse
 */
record ArrowEmission(
        FormatOption format,
        RecordSchema records,
        String schema,
        int batchSize,
        Remaining remainder,
        int shuffledBlock,
        BadRecords badRecords) {

    private static final int PARALLEL_BATCHES = 2;
    private static final Duration FOREVER = Duration.ofMillis(Long.MAX_VALUE); // for which no timer is set

    /** What becomes of the records, for {@link io.pipeflux.core.agent.AgentChannel#content}. */
    String content(ChannelSpec channel) {
        return "format=" + format + " batch=" + batchSize
                + (remainder == Remaining.keep ? "" : " remainder=" + remainder)
                + (shuffledBlock == 0 ? "" : " shuffled=" + shuffledBlock + "/" + seed(channel)) + " schema=" + schema;
    }

    private static long seed(ChannelSpec channel) {
        Long seed = channel.shuffleSeed();
        return seed == null ? 0 : seed;
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
    Flux<ObjectBytes> emit(ChannelSpec channel, Flux<ObjectBytes> objects) {
        // an epoch without content decides nothing: the next one may have some
        Mono<FrameFormat<RawRecord>> known = format.of(objects, channel.compression(), records)
                .cache(frames -> FOREVER, e -> Duration.ZERO, () -> Duration.ZERO);
        SkipPolicy bad = badRecords.policy(channel.name());
        BatchOptions options = BatchOptions.of(batchSize, PARALLEL_BATCHES)
                .remainder(remainder == Remaining.drop ? Remainder.DROP : Remainder.KEEP)
                .onBadRow(bad);
        Collector<RawRecord, ?, ColumnBatch> batches =
                remainder == Remaining.pad ? records.padded().apply(batchSize) : records.batches();
        Flux<ByteBuffer> stream = known.flatMapMany(
                        frames -> objects.transform(frames.onCorrupt(bad).decodeObjects())
                                .transform(shuffledBlock == 0 ? identity() : shuffle(shuffledBlock, seed(channel)))
                                .transform(mapAndBatch(options, batches)))
                .transform(ArrowStreams.encode(batches)); // outside: an epoch without content is a stream, too
        return Flux.just(ObjectBytes.of(
                channel.name() + " as an Arrow stream", 0, ObjectBytes.UNKNOWN_SIZE, null, from -> stream));
    }
}
