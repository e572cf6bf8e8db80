package io.pipeflux.records.arrow;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.internal.Discards;
import io.pipeflux.core.internal.Guarded;
import io.pipeflux.core.internal.LettingGoCollector;
import io.pipeflux.records.batch.ColumnBatch;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collector;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Flux;

/**
 * Batches of columns as streams of Apache Arrow's IPC format (arrow.apache.org/docs/format/Columnar.html, "IPC
 * Streaming Format"), which any Arrow library reads and writes. All numbers are little-endian.
 *
 * <pre>
 *   stream    | schema message | batch message | batch message | ... | end marker |
 *
 *              0            4            8                  8+length          8+length+body
 *             +------------+------------+------------------+-----------------+
 *   message   | 0xffffffff | length (4) | metadata (length)| body            |      both padded to 64 bytes when
 *             +------------+------------+------------------+-----------------+      written, 8 suffice when read
 *
 *   end marker  0xffffffff, 0
 *
 *   metadata  a flatbuffer (Message.fbs): of a schema its fields, of a batch where in the body its buffers lie
 *   body      the columns' memory as it is, buffer after buffer
 * </pre>
 *
 * <p>How columns are written, no field nullable:
 *
 * <pre>
 *   FLOAT16 FLOAT32 ...     FloatingPoint(HALF), FloatingPoint(SINGLE), FloatingPoint(DOUBLE)
 *   INT8 UINT8 INT16 ...    Int(8, signed), Int(8, unsigned), Int(16, signed) ...
 *   BFLOAT16                Int(16, unsigned) of the extension type pipeflux.bfloat16
 *   BOOL                    Bool: a bit for each value
 *   BYTES, UTF8             Binary, Utf8
 *   shape [rows, n, m]      FixedSizeList(n) of FixedSizeList(m) of these
 *   ragged                  List of these, or List of List in several levels
 * </pre>
 *
 * <p>The message of a batch has in its custom metadata {@code pipeflux.resume}, the batch's resume point as JSON, and
 * {@code pipeflux.padded_rows} if there are any. Other readers pass over it. The {@linkplain ColumnBatch#metadata
 * metadata} of batches is that of the schema: a stream has that of its first batch, as of Arrow's own writers.
 */
public final class ArrowStreams {

    private static final FrameFormat<ColumnBatch> FORMAT = FrameFormat.of("Arrow stream", () -> new ArrowDecoder(null));

    private ArrowStreams() {}

    /**
     * The format, to be decoded as it is or with another maximum length, which holds for a message: a batch with its
     * metadata. A record of this format, in positions and messages, is a batch.
     *
     * <p>Read is what is written, and from other writers:
     *
     * <pre>
     *   LargeUtf8 LargeBinary LargeList     as Utf8, Binary, List; so are Utf8View and BinaryView
     *   FixedSizeList in or around a List   as List
     *   FixedSizeBinary                     BYTES
     *   dictionaries, deltas, replacements  decoded
     *   Timestamp, Duration                 INT64, in the unit the schema names
     *   Date, Time                          INT32 or INT64, as they are stored
     *   Int(64, unsigned)                   INT64, if all values are less than 2^63
     *   extension types                     as what they are stored as
     * </pre>
     *
     * <p>Decoded columns of a batch are bounded by the maximum length, too: dictionaries and views repeat bytes. A
     * {@link io.pipeflux.core.SchemaMismatchException} names the field and the feature that have no column here, and
     * what to do: nulls, of which {@link #format(ArrowNulls)} makes values, compression, big-endian numbers, and all
     * other types. A message that is not legal is a {@link io.pipeflux.core.CorruptRecordException}. A stream may end
     * without its marker after any message, as Arrow has it; elsewhere, and where there is no schema message, it is
     * truncated. Behind the marker another stream may follow, with another schema.
     *
     * <p>Columns that are stored as columns are share the memory of the chunk their batch came in, or have been put
     * together from several in one array for the batch. So where the source keeps its buffers ({@linkplain
     * io.pipeflux.core contract of bytes}), the columns must not be written to.
     *
     * <p>A batch that carries a resume point has that one: it belongs to the pipeline which made the batches, so start
     * <em>that</em> with it. Others are given a point of this stream: its beginning, and how many batches to drop
     * there.
     */
    public static FrameFormat<ColumnBatch> format() {
        return FORMAT;
    }

    /**
     * The format, of streams that may have nulls.
     *
     * @param nulls what becomes of them
     */
    public static FrameFormat<ColumnBatch> format(ArrowNulls nulls) {
        Objects.requireNonNull(nulls, "nulls");
        return FrameFormat.of("Arrow stream", () -> new ArrowDecoder(nulls));
    }

    /** Decodes one stream, such as a pipe's: {@code format().decode()}. */
    public static Function<Flux<ByteBuffer>, Flux<ColumnBatch>> decode() {
        return FORMAT.decode();
    }

    /** Decodes an epoch object by object: {@code format().decodeObjects()}. */
    public static Function<Flux<ObjectBytes>, Flux<ColumnBatch>> decodeObjects() {
        return FORMAT.decodeObjects();
    }

    /**
     * Writes batches as one stream, in chunks of at most 256 KiB.
     *
     * <p>The next batch is requested, one, when a chunk is asked for that the batches before it do not have. Columns of
     * 64 KiB and more are not copied: the chunks are slices of their memory, which must not be written to any more.
     * Smaller ones are put together. Columns of a batch that can be {@linkplain ColumnBatch#release released} are all
     * copied, since a receiver may keep a chunk for any time; the batch is released when its last chunk was made, on
     * cancel and on error, unless somebody between {@code mapAndBatch} and here may have kept it. Chunks are made on
     * the thread that asks for them. A stream of no batches has a schema without fields;
     * {@link #encode(Collector)} writes them there.
     *
     * <p>Across a pipe ({@link io.pipeflux.core.pipe.NamedPipes}) the far side's request of one batch has this side
     * take that batch and those of which the next 2 MiB are made: a chunk that is read, the kernel's pipe of at most 1
     * MiB, and three chunks of the writer. The end of the batches is seen when one more chunk is requested.
     *
     * <p>All batches must have the columns of the first, rows aside: else the stream ends with a
     * {@link io.pipeflux.core.SchemaMismatchException}. After an error there is no end marker.
     */
    public static Function<Flux<ColumnBatch>, Flux<ByteBuffer>> encode() {
        return encode(List.of());
    }

    /**
     * Writes batches as {@link #encode()} does, but a stream of no batches has the fields of the batches there could
     * have been: an epoch without records, or a host's share without any, looks to its readers as all others do. A
     * padded feature has no steps there.
     *
     * @param batches what makes the batches: the collector of a schema, such as {@code schema.batches()}
     * @throws IllegalArgumentException if it is another collector
     */
    public static Function<Flux<ColumnBatch>, Flux<ByteBuffer>> encode(Collector<?, ?, ColumnBatch> batches) {
        Object made = batches instanceof LettingGoCollector<?, ?> schema ? schema.none() : null;
        if (!(made instanceof ColumnBatch none)) {
            throw new IllegalArgumentException(
                    "expected the collector of a schema, as schema.batches() returns it, but" + " got " + batches);
        }
        return encode(ArrowEncoder.fields(none));
    }

    private static Function<Flux<ColumnBatch>, Flux<ByteBuffer>> encode(List<ArrowField> ifNone) {
        return batches -> Guarded.defer(() -> {
            ArrowEncoder encoder = new ArrowEncoder(ifNone);
            AtomicReference<@Nullable Subscription> upstream = new AtomicReference<>();
            return Guarded.concatMap(new SeenSource(batches, upstream::set), batch -> {
                        boolean shared = batch.isReleasable() && !Discards.isMadeForIt(upstream.get());
                        return onDemand(encoder.encode(batch), shared ? null : batch); // see onDemand
                    })
                    .concatWith(Flux.defer(() -> onDemand(encoder.end(), null)));
        });
    }

    /**
     * Ends not with the last chunk but when another is asked for: only then the next batch is requested.
     *
     * @param batch released when its last chunk was made, or no more are wanted; null: none is
     */
    private static Flux<ByteBuffer> onDemand(Iterator<ByteBuffer> chunks, @Nullable ColumnBatch batch) {
        return Flux.generate(
                () -> chunks,
                (rest, sink) -> {
                    if (rest.hasNext()) {
                        ByteBuffer chunk = rest.next();
                        if (!rest.hasNext()) {
                            release(batch);
                        }
                        sink.next(chunk);
                    } else {
                        sink.complete();
                    }
                    return rest;
                },
                rest -> release(batch));
    }

    private static void release(@Nullable ColumnBatch batch) {
        if (batch != null) {
            batch.release();
        }
    }
}
