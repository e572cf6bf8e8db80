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
 * Turns the objects of an epoch into one Arrow stream, which is written to the pipe instead of the objects' bytes. The
 * records are decoded, parsed and collected into batches, and the batches are encoded.
 *
 * @param format the format of the records
 * @param records the schema
 * @param schema the text of the schema file
 * @param batchSize the number of rows per batch
 * @param remainder what to do with the last rows of an epoch if they do not fill a batch
 * @param shuffledBlock the number of consecutive records that are shuffled with each other, or 0 for no shuffling
 * @param badRecords how to handle records that are corrupt or cannot be parsed
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
    // a duration so long that Reactor's cache operator sets no timer
    private static final Duration FOREVER = Duration.ofMillis(Long.MAX_VALUE);

    /** Describes how records are processed, for {@link io.pipeflux.core.agent.AgentChannel#content}. */
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
     * Returns the objects to read in an epoch. If the format is to be detected, hidden files are skipped. If this
     * leaves no files, the Flux fails, because the hidden files may contain the channel's data. However, if this host
     * reads only a share of the channel, the Flux is empty instead.
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

    /** Converts an epoch's objects to a single object that contains the Arrow stream. */
    Flux<ObjectBytes> emit(ChannelSpec channel, Flux<ObjectBytes> objects) {
        // the detected format is cached for later epochs. An empty result is not cached, because the next epoch may
        // have content
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
                // applied last, so that an epoch without content also produces a valid Arrow stream
                .transform(ArrowStreams.encode(batches));
        return Flux.just(ObjectBytes.of(
                channel.name() + " as an Arrow stream", 0, ObjectBytes.UNKNOWN_SIZE, null, from -> stream));
    }
}
