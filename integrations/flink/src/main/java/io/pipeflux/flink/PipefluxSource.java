package io.pipeflux.flink;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.codec.RecordBorders;
import io.pipeflux.core.codec.RecordIndex;
import io.pipeflux.core.codec.RecordRange;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.example.Schema;
import java.time.Duration;
import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.util.function.SerializableFunction;
import org.apache.flink.util.function.SerializableSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * A source of Apache Flink that reads the objects of a channel, exactly once. Immutable: each setter returns a new
 * source.
 *
 * <pre>{@code
 * SourceChannel channel = SourceChannel.s3Prefix("s3://bucket/train/", () -> S3AsyncClient.create()).shuffle(42);
 * DataStream<ColumnBatch> batches = env.fromSource(
 *         PipefluxSource.of(channel, TfRecords::format).columns(() -> schema(), 64).epochs(2),
 *         WatermarkStrategy.noWatermarks(), "train");
 * }</pre>
 *
 * <p><b>Splits.</b> An object is a split, unless {@link #ranges} or {@link #indexedRanges} divide it. Ordinals of
 * records, in positions, count from the beginning of the split.
 * The job manager lists the objects when readers ask for them, and holds one page, or the packed list if the channel is
 * shuffled. A reader asks for more objects while it has less than 16 MiB left to read, so their bytes are fetched
 * ahead, across the borders of objects. A subtask that is slow gets fewer objects.
 *
 * <p><b>Exactly once.</b> A checkpoint has a resume point for each object in progress, and how far the list was handed
 * out. A job that is restored, with any parallelism, reads every other record of the epoch once. The list is read again
 * up to that place and compared: the job fails if an object before it was added, removed or replaced. A record whose
 * stream cannot be read from inside, as one that is compressed, is found by reading its object from the beginning.
 *
 * <p><b>Epochs.</b> In each epoch all subtasks together read each object once. There is no barrier between two epochs:
 * a subtask without work begins with the next one, so records of two epochs overlap by what the other subtasks still
 * read. {@link RawRecord#position()} states the epoch. Each epoch lists the channel again.
 *
 * <p><b>Back-pressure.</b> Records are decoded when Flink asks for them. Five portions of about 1 MiB wait at most,
 * and {@link io.pipeflux.s3.S3ReadOptions#windowBytes} of each subtask; then no further GET is sent.
 *
 * <p><b>Errors.</b> A corrupt or changed object fails the job with an error that names object, byte and record. With
 * {@link #results}, corrupt records become values for a side output. To skip those whose length is known, give the
 * format a {@link io.pipeflux.core.SkipPolicy}, whose limits then apply to each split; the metric
 * {@code numRecordsInErrors} counts them.
 *
 * @param <T> the type of the elements
 */
public final class PipefluxSource<T> implements Source<T, ObjectSplit, ListingState>, ResultTypeQueryable<T> {

    private static final long serialVersionUID = 1;

    private final SourceChannel channel;
    private final ElementKind<T> kind;
    private final long epochs;
    private final @Nullable Looks looks; // null: bounded
    private final @Nullable Ranges ranges; // null: objects are not divided

    private PipefluxSource(
            SourceChannel channel, ElementKind<T> kind, long epochs, @Nullable Looks looks, @Nullable Ranges ranges) {
        this.channel = Objects.requireNonNull(channel, "channel");
        this.kind = kind;
        this.epochs = epochs;
        this.looks = looks;
        this.ranges = ranges;
    }

    /**
     * Returns a bounded source that reads a channel once.
     *
     * @param channel what is read
     * @param format creates the format, in each subtask, such as {@code TfRecords::format}
     */
    public static PipefluxSource<RawRecord> of(
            SourceChannel channel, SerializableSupplier<FrameFormat<RawRecord>> format) {
        return new PipefluxSource<>(
                channel, new PlainKind.Records(Objects.requireNonNull(format, "format")), 1, null, null);
    }

    /**
     * Returns a source of batches of the same records. A batch never has rows of two objects, so the last one of each
     * object may be smaller. The memory of batches is left to the garbage collector: use a schema without an allocator.
     *
     * @param schema creates the schema, in each subtask
     * @param rows the number of rows of a batch, at least 1
     * @throws IllegalStateException if this is a source of batches already
     */
    public PipefluxSource<ColumnBatch> columns(SerializableSupplier<Schema> schema, int rows) {
        Objects.requireNonNull(schema, "schema");
        if (rows < 1) {
            throw new IllegalArgumentException("expected at least 1 row in a batch, but got " + rows);
        }
        if (kind instanceof ResultKind) {
            throw new IllegalStateException("expected columns before results, but got it after: exchange the calls");
        }
        if (kind instanceof PlainKind.Records records) {
            return new PipefluxSource<>(
                    channel, new PlainKind.Batches(records.format(), schema, rows), epochs, looks, ranges);
        }
        throw new IllegalStateException("expected a source of records, but got one of batches: call columns once");
    }

    /**
     * Returns a source that does not fail at a corrupt object: it emits each element with the failures that were found
     * while it was read, and {@link SideOutputs#split} makes a side output of them. Each failure is emitted once, as
     * elements are.
     *
     * <p>A corrupt record whose length is known, and a row that does not parse or does not match the schema, is left
     * out, and the source continues with the next one. If the beginning of the next record is not known, or the object
     * is truncated, the source continues with the next object, or the next range of it; the records before the failure
     * are emitted. A {@link io.pipeflux.core.SkipPolicy} of the format is replaced. If more than 100 records fail
     * before the next good element, the others are one failure that states how many there are. The metric
     * {@code numRecordsInErrors} counts what was left out.
     *
     * <p>The job still fails if an object cannot be read, was changed or deleted, or has not the checksum that its
     * store states: then another attempt may find what is right.
     *
     * @throws IllegalStateException if this is a source of results already
     */
    public PipefluxSource<ReadResult<T>> results() {
        if (kind instanceof PlainKind<T> plain) {
            return new PipefluxSource<>(channel, new ResultKind<>(plain), epochs, looks, ranges);
        }
        throw new IllegalStateException("expected a source of elements, but got one of results: call results once");
    }

    /**
     * Returns a source that reads the channel several times.
     *
     * @param count at least 1. Defaults to 1
     */
    public PipefluxSource<T> epochs(long count) {
        if (count < 1) {
            throw new IllegalArgumentException("expected at least 1 epoch, but got " + count);
        }
        requireOneKind(looks == null);
        return new PipefluxSource<>(channel, kind, count, null, ranges);
    }

    /**
     * Returns an unbounded source: when all objects are read, the channel is listed again and again, and objects whose
     * keys sort after all keys before are read. So writers must name objects in ascending order, as by their time, or
     * use {@link #continuous(Duration, Duration)}. An object whose key sorts before one that was read already is not
     * read: it is logged, and counted by the metric {@code lateObjects}. Each look lists the whole channel, which must
     * have an object at the start if it is one of S3.
     *
     * @param period the time between two looks at the channel, from 1 ms to 365 days
     * @throws IllegalArgumentException if the channel is shuffled, or the period is shorter or longer
     */
    public PipefluxSource<T> continuous(Duration period) {
        return continuous(new Looks(Objects.requireNonNull(period, "period"), null));
    }

    /**
     * Returns an unbounded source whose new objects are found by their times of modification, so they may have any
     * keys. When all objects are read, the channel is listed again and again. An object is read if it was not read
     * before, and is not older than the overlap allows: than the newest object that had been listed before it appeared,
     * less the overlap. An object that is written again is read again.
     *
     * <p>The overlap has to be longer than the time from an object's last-modified time until it is listed, plus the
     * difference of the clocks of a store. S3 states the time at which an upload in parts began, so it has to be longer
     * than the longest upload. An object that is older is not read: it is logged, and counted by the metric
     * {@code lateObjects}, as far as no other one was removed or written again.
     *
     * <p>The objects within the overlap are remembered: 24 bytes for each in a checkpoint, and about 111 in the job
     * manager. If there are more than a million, the job fails. Each look lists the whole channel, and the start lists
     * it twice.
     *
     * @param period the time between two looks at the channel, from 1 ms to 365 days
     * @param overlap how much older than the newest object a new one may be, from 0 to 365 days
     * @throws IllegalArgumentException if the channel is shuffled, or a duration is shorter or longer
     */
    public PipefluxSource<T> continuous(Duration period, Duration overlap) {
        return continuous(
                new Looks(Objects.requireNonNull(period, "period"), Objects.requireNonNull(overlap, "overlap")));
    }

    private PipefluxSource<T> continuous(Looks how) {
        if (channel.seed() != null) {
            throw new IllegalArgumentException(
                    "expected a channel in the order of its list, but got " + channel + ": new objects have no end");
        }
        requireOneKind(epochs == 1);
        return new PipefluxSource<>(channel, kind, 1, how, ranges);
    }

    /**
     * Returns a source that divides large objects, so that several subtasks share one. A split begins and ends between
     * two records, which marks in the bytes show. The job manager finds them, with a GET for each border.
     *
     * @param bytes the least size of a split, at least 1, such as 128 MiB. An object that is not larger is one split
     * @param borders creates what finds the borders, such as {@code TextLines::borders}. CSV has none: a quoted field
     *     may have line feeds
     * @throws IllegalArgumentException if the borders are of another format than the source's, or the format is read
     *     from an object's beginning only
     */
    public PipefluxSource<T> ranges(long bytes, SerializableSupplier<RecordBorders> borders) {
        Ranges how = new Ranges(bytes, Objects.requireNonNull(borders, "borders"), null);
        ObjectBytes any = ObjectBytes.of("any", 0, 2, null, from -> Flux.empty());
        Objects.requireNonNull(
                borders.get().decode(any, new RecordRange(1, 2), kind.format().get())); // checks without a subscription
        return new PipefluxSource<>(channel, kind, epochs, looks, how);
    }

    /**
     * Returns a source that divides large objects by the indexes that {@code DatasetWriter.index} writes: that of
     * {@code train/part-0} is {@code train.index/part-0.json}. An object without an index is one split. An index of
     * another object fails the job.
     *
     * @param bytes the least size of a split, at least 1, such as 128 MiB. An object that is not larger is one split
     * @param borders makes borders of an index, such as {@code TfRecords::borders}
     */
    public PipefluxSource<T> indexedRanges(long bytes, SerializableFunction<RecordIndex, RecordBorders> borders) {
        Ranges how = new Ranges(bytes, null, Objects.requireNonNull(borders, "borders"));
        return new PipefluxSource<>(channel, kind, epochs, looks, how);
    }

    private static void requireOneKind(boolean isOne) {
        if (!isOne) {
            throw new IllegalStateException(
                    "expected either epochs or continuous, but got both: a channel that is read continuously has no"
                            + " epochs");
        }
    }

    @Override
    public Boundedness getBoundedness() {
        return looks == null ? Boundedness.BOUNDED : Boundedness.CONTINUOUS_UNBOUNDED;
    }

    @Override
    public SplitEnumerator<ObjectSplit, ListingState> createEnumerator(SplitEnumeratorContext<ObjectSplit> context) {
        return restoreEnumerator(context, ListingState.START);
    }

    @Override
    public SplitEnumerator<ObjectSplit, ListingState> restoreEnumerator(
            SplitEnumeratorContext<ObjectSplit> context, ListingState state) {
        ObjectDivider divider = new ObjectDivider(ranges, kind.format().get());
        Duration overlap = looks == null ? null : looks.overlap();
        requireState(overlap != null, state);
        RecentObjects recent = overlap == null ? null : new RecentObjects(overlap, state.recent());
        return new ObjectEnumerator(
                context,
                new ObjectLister(channel, epochs, looks != null, divider, state, recent),
                looks == null ? null : looks.period(),
                recent,
                state);
    }

    private void requireState(boolean byTime, ListingState state) {
        if (state.next() > 0 && byTime != (state.recent() != null)) {
            throw new IllegalStateException("expected the state of a source that selects objects by their "
                    + (byTime ? "times" : "order") + ", but got that of one by their " + (byTime ? "order" : "times")
                    + ": call continuous as before, or start " + channel + " without its state");
        }
    }

    @Override
    public SourceReader<T, ObjectSplit> createReader(SourceReaderContext context) {
        return ObjectReader.of(channel, kind, context);
    }

    @Override
    public SimpleVersionedSerializer<ObjectSplit> getSplitSerializer() {
        return new ObjectSplitSerializer();
    }

    @Override
    public SimpleVersionedSerializer<ListingState> getEnumeratorCheckpointSerializer() {
        return new ListingStateSerializer();
    }

    @Override
    public TypeInformation<T> getProducedType() {
        return kind.type();
    }

    @Override
    public String toString() {
        return "PipefluxSource[" + channel + "]";
    }
}
