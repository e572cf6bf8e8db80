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
 * A source of Apache Flink that reads the objects of a channel exactly once. Immutable: each setter returns a new
 * source.
 *
 * <pre>{@code
 * SourceChannel channel = SourceChannel.s3Prefix("s3://bucket/train/", () -> S3AsyncClient.create()).shuffle(42);
 * DataStream<ColumnBatch> batches = env.fromSource(
 *         PipefluxSource.of(channel, TfRecords::format).columns(() -> schema(), 64).epochs(2),
 *         WatermarkStrategy.noWatermarks(), "train");
 * }</pre>
 *
 * <p><b>Splits.</b> Each object is one split, unless {@link #ranges} or {@link #indexedRanges} divide it. The record
 * ordinals in positions count from the beginning of the split. The job manager lists the objects when readers ask for
 * them. It holds only one page of the list in memory, or the whole packed list if the channel is shuffled. A reader
 * asks for more objects when less than 16 MiB remain to be read, so that it can prefetch the bytes of the next object.
 * A slow subtask gets fewer objects.
 *
 * <p><b>Exactly once.</b> A checkpoint contains a resume point for each object in progress, and the number of objects
 * that were handed out. A restored job, with any parallelism, reads each remaining record of the epoch exactly once. It
 * lists the channel again, up to the last object that was handed out, and compares the lists. The job fails if one of
 * these objects was removed or replaced, or if an object was added among them. If an object can only be read from its
 * beginning, for example because it is compressed, the job reads it again from there up to the resume point.
 *
 * <p><b>Epochs.</b> In each epoch, all subtasks together read each object once. There is no barrier between two epochs:
 * a subtask without work begins with the next epoch while other subtasks are still reading, so the records of two
 * epochs may overlap. {@link RawRecord#position()} states the epoch. The channel is listed again for each epoch.
 *
 * <p><b>Back-pressure.</b> Records are decoded when Flink asks for them. Each subtask holds at most five portions of
 * decoded elements, of about 1 MiB each, and {@link io.pipeflux.s3.S3ReadOptions#windowBytes} of fetched bytes. When
 * both are full, the subtask sends no further GET.
 *
 * <p><b>Errors.</b> A corrupt or changed object fails the job with an error that names the object, the byte and the
 * record. With {@link #results}, corrupt records become values for a side output. To skip corrupt records whose length
 * is known, give the format a {@link io.pipeflux.core.SkipPolicy}. The limits of this policy then apply to each split,
 * and the metric {@code numRecordsInErrors} counts the skipped records.
 *
 * @param <T> the type of the elements
 */
public final class PipefluxSource<T> implements Source<T, ObjectSplit, ListingState>, ResultTypeQueryable<T> {

    private static final long serialVersionUID = 1;

    private final SourceChannel channel;
    private final ElementKind<T> kind;
    private final long epochs;
    private final @Nullable Looks looks; // null if the source is bounded
    private final @Nullable Ranges ranges; // null if objects are not divided

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
     * @param channel the channel to read
     * @param format creates the format in each subtask, for example {@code TfRecords::format}
     */
    public static PipefluxSource<RawRecord> of(
            SourceChannel channel, SerializableSupplier<FrameFormat<RawRecord>> format) {
        return new PipefluxSource<>(
                channel, new PlainKind.Records(Objects.requireNonNull(format, "format")), 1, null, null);
    }

    /**
     * Returns a copy of this source that emits the records in batches. A batch never has rows of two splits, so the
     * last batch of each split may be smaller. The source does not release batches but leaves their memory to the
     * garbage collector. So use a schema without an allocator.
     *
     * @param schema creates the schema in each subtask
     * @param rows the number of rows in each batch, at least 1
     * @throws IllegalStateException if this source already emits batches or results
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
     * Returns a source that does not fail at a corrupt object. Instead, it emits each element with the failures that
     * were found while the element was read. {@link SideOutputs#split} sends these failures to a side output. Like
     * elements, each failure is emitted exactly once.
     *
     * <p>If a corrupt record's length is known, or if a row cannot be parsed or does not match the schema, this record
     * is skipped, and the source continues with the next record. If the beginning of the next record is not known, or
     * if the object is truncated, the source emits the records before the failure and continues with the next object or
     * the next range of this object. A {@link io.pipeflux.core.SkipPolicy} of the format has no effect. If more than
     * 100 records fail before the next good element, the remaining ones become one failure that states their number.
     * The metric {@code numRecordsInErrors} counts the skipped records.
     *
     * <p>The job still fails if an object cannot be read, was changed or deleted, or does not have the checksum that
     * its store states. In these cases, another attempt may succeed.
     *
     * @throws IllegalStateException if this source already emits results
     */
    public PipefluxSource<ReadResult<T>> results() {
        if (kind instanceof PlainKind<T> plain) {
            return new PipefluxSource<>(channel, new ResultKind<>(plain), epochs, looks, ranges);
        }
        throw new IllegalStateException("expected a source of elements, but got one of results: call results once");
    }

    /**
     * Returns a copy of this source that reads the channel several times.
     *
     * @param count the number of epochs, at least 1. Defaults to 1
     */
    public PipefluxSource<T> epochs(long count) {
        if (count < 1) {
            throw new IllegalArgumentException("expected at least 1 epoch, but got " + count);
        }
        requireOneKind(looks == null);
        return new PipefluxSource<>(channel, kind, count, null, ranges);
    }

    /**
     * Returns an unbounded copy of this source. When all objects have been read, the channel is listed again and again,
     * and objects whose keys sort after all previous keys are read. So writers must name objects in ascending order,
     * for example by time. If they cannot, use {@link #continuous(Duration, Duration)}. If the key of a new object
     * sorts before the key of an object that was already read, the new object is not read. It is logged, and the metric
     * {@code lateObjects} counts it. Each search for new objects lists the whole channel. A channel in S3 must have at
     * least one object when the job starts.
     *
     * @param period the time between two listings of the channel, from 1 ms to 365 days
     * @throws IllegalArgumentException if the channel is shuffled, or if the period is out of range
     */
    public PipefluxSource<T> continuous(Duration period) {
        return continuous(new Looks(Objects.requireNonNull(period, "period"), null));
    }

    /**
     * Returns an unbounded copy of this source that finds new objects by their modification times, so the objects may
     * have any keys. When all objects have been read, the channel is listed again and again. Each listing reads the
     * objects that are new and not too old. An object that is written again counts as new. A new object is too old if
     * an object that is newer by more than the overlap was listed before the new object appeared.
     *
     * <p>The overlap must be longer than the time between an object's last-modified time and the moment at which the
     * object appears in a listing, plus the difference between the clocks of the store's machines. For a multipart
     * upload, S3 states the time at which the upload began, so the overlap must also be longer than the longest upload.
     * An object that is too old is not read. It is logged, and the metric {@code lateObjects} counts it. This count is
     * too low if older objects were removed or written again.
     *
     * <p>The objects within the overlap are remembered. Each takes 24 bytes in a checkpoint and about 111 bytes in the
     * job manager's memory. If there are more than a million such objects, the job fails. Each search for new objects
     * lists the whole channel once, and the first search lists it twice.
     *
     * @param period the time between two listings of the channel, from 1 ms to 365 days
     * @param overlap how much older than the newest listed object a new object may be, from 0 to 365 days
     * @throws IllegalArgumentException if the channel is shuffled, or if a duration is out of range
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
     * Returns a copy of this source that divides large objects, so that several subtasks can share an object. Each
     * split begins and ends between two records. To find these borders, the job manager searches the bytes for marks,
     * such as line feeds. It sends one GET for each border.
     *
     * @param bytes the minimum size of a split, at least 1, for example 128 MiB. An object of at most this size is one
     *     split
     * @param borders creates an instance that finds the borders, for example {@code TextLines::borders}. CSV has no
     *     such method, because a quoted field may contain line feeds
     * @throws IllegalArgumentException if the borders do not belong to the source's format, or if the format can only
     *     be read from an object's beginning
     */
    public PipefluxSource<T> ranges(long bytes, SerializableSupplier<RecordBorders> borders) {
        Ranges how = new Ranges(bytes, Objects.requireNonNull(borders, "borders"), null);
        ObjectBytes any = ObjectBytes.of("any", 0, 2, null, from -> Flux.empty());
        Objects.requireNonNull(
                // decode() checks the borders when it is called, so no subscription is needed
                borders.get().decode(any, new RecordRange(1, 2), kind.format().get()));
        return new PipefluxSource<>(channel, kind, epochs, looks, how);
    }

    /**
     * Returns a copy of this source that divides large objects at the borders that their indexes contain. {@code
     * DatasetWriter.index} writes such indexes. For example, the index of {@code train/part-0} is {@code
     * train.index/part-0.json}. An object without an index is one split. The job fails if an index belongs to a
     * different object.
     *
     * @param bytes the minimum size of a split, at least 1, for example 128 MiB. An object of at most this size is one
     *     split
     * @param borders converts an index to borders, for example {@code TfRecords::borders}
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
