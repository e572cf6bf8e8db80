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
 * Encodes batches as streams in Apache Arrow's IPC format, and decodes such streams
 * (arrow.apache.org/docs/format/Columnar.html, "IPC Streaming Format"). All Arrow libraries read and write this format.
 * All numbers are little-endian.
 *
 * <pre>
 *   stream    | schema message | batch message | batch message | ... | end marker |
 *
 *              0            4            8                  8+length          8+length+body
 *             +------------+------------+------------------+-----------------+
 *   message   | 0xffffffff | length (4) | metadata (length)| body            |      padded to 64 bytes when written,
 *             +------------+------------+------------------+-----------------+      to 8 or more by other writers
 *
 *   end marker  0xffffffff, 0
 *
 *   metadata  a flatbuffer (Message.fbs): the fields of a schema, or the positions of a batch's buffers in the body
 *   body      the columns' memory without changes, buffer after buffer
 * </pre>
 *
 * <p>In the schema, columns become non-nullable fields of these types:
 *
 * <pre>
 *   FLOAT16 FLOAT32 ...     FloatingPoint(HALF), FloatingPoint(SINGLE), FloatingPoint(DOUBLE)
 *   INT8 UINT8 INT16 ...    Int(8, signed), Int(8, unsigned), Int(16, signed) ...
 *   BFLOAT16                Int(16, unsigned) of the extension type pipeflux.bfloat16
 *   BOOL                    Bool: one bit per value
 *   BYTES, UTF8             Binary, Utf8
 *   shape [rows, n, m]      FixedSizeList(n) of FixedSizeList(m) of these
 *   ragged                  List of these, or List of List in several levels
 * </pre>
 *
 * <p>The custom metadata of a batch's message contains the batch's resume point as JSON ({@code pipeflux.resume}) and,
 * if the batch has padded rows, their number ({@code pipeflux.padded_rows}). Other readers ignore these entries. The
 * schema contains the {@linkplain ColumnBatch#metadata metadata} of the stream's first batch, as with Arrow's own
 * writers. The metadata of later batches is not written.
 */
public final class ArrowStreams {

    private static final FrameFormat<ColumnBatch> FORMAT = FrameFormat.of("Arrow stream", () -> new ArrowDecoder(null));

    private ArrowStreams() {}

    /**
     * Returns the format for streams without nulls. Each record of this format is a batch, so positions and error
     * messages count batches. {@link FrameFormat#maxRecordBytes} limits the length of a message, that is, of a batch
     * including its metadata.
     *
     * <p>The format reads all types that {@link #encode} writes. It also reads these types, which other writers use:
     *
     * <pre>
     *   LargeUtf8 LargeBinary LargeList     as Utf8, Binary, List
     *   Utf8View BinaryView                 as Utf8, Binary
     *   FixedSizeList in or around a List   as List
     *   FixedSizeBinary                     BYTES
     *   dictionaries, deltas, replacements  decoded
     *   Timestamp, Duration                 INT64, in the schema's unit
     *   Date, Time                          INT32 or INT64, as they are stored
     *   Int(64, unsigned)                   INT64, if all values are less than 2^63
     *   extension types                     as their storage type
     * </pre>
     *
     * <p>{@link FrameFormat#maxRecordBytes} also limits the size of a batch's decoded columns, which can be larger than
     * the message because dictionaries and views can repeat bytes.
     *
     * <p>All other types, as well as nulls, compression and big-endian numbers, cause a
     * {@link io.pipeflux.core.SchemaMismatchException}. The exception's message states the field, what is not
     * supported, and what to do. To replace nulls, use {@link #format(ArrowNulls)}. An invalid message causes a
     * {@link io.pipeflux.core.CorruptRecordException}. As Arrow permits, the end marker may be absent: a stream may end
     * after any message. If a stream ends inside a message, or has no schema message, decoding fails with a
     * {@link io.pipeflux.core.TruncatedInputException}. After the end marker, another stream with a different schema
     * may follow.
     *
     * <p>If the values in the stream have the same layout as in a column, the column shares the memory of the chunk in
     * which the batch arrived. A batch that spans several chunks is first copied into one new array. Therefore, if the
     * source keeps using its buffers ({@linkplain io.pipeflux.core contract of bytes}), do not write to the columns.
     *
     * <p>If a batch's metadata contains a resume point, the decoded batch has this resume point. Such a resume point
     * belongs to the pipeline that built the batches, so use it to start <em>that</em> pipeline. All other batches get
     * a resume point in the decoded stream. A resume point in the decoded stream consists of the offset at which the
     * stream begins and the number of batches to drop from there.
     */
    public static FrameFormat<ColumnBatch> format() {
        return FORMAT;
    }

    /**
     * Returns the format for streams that can contain nulls. In all other respects, this format is the same as {@link
     * #format()}.
     *
     * @param nulls the values that replace nulls
     */
    public static FrameFormat<ColumnBatch> format(ArrowNulls nulls) {
        Objects.requireNonNull(nulls, "nulls");
        return FrameFormat.of("Arrow stream", () -> new ArrowDecoder(nulls));
    }

    /** Decodes one stream, such as the content of a pipe. Equivalent to {@code format().decode()}. */
    public static Function<Flux<ByteBuffer>, Flux<ColumnBatch>> decode() {
        return FORMAT.decode();
    }

    /** Decodes each object of an epoch separately. Equivalent to {@code format().decodeObjects()}. */
    public static Function<Flux<ObjectBytes>, Flux<ColumnBatch>> decodeObjects() {
        return FORMAT.decodeObjects();
    }

    /**
     * Encodes batches as one stream, in chunks of at most 256 KiB.
     *
     * <p>Batches are requested one at a time. The next batch is requested when a chunk is requested and all chunks of
     * the earlier batches have been emitted. Chunks are created on the thread that requests them.
     *
     * <p>Columns of 64 KiB and more are not copied. Their chunks are slices of the column's memory, so do not write to
     * such a column after its batch has been passed to this operator. Smaller columns are copied, several of them into
     * one chunk. If a batch can be {@linkplain ColumnBatch#release released}, all columns are copied, because
     * downstream may keep a chunk indefinitely. The operator releases the batch after its last chunk, on cancel and on
     * error, unless another operator after {@code mapAndBatch} might have kept a reference to the batch.
     *
     * <p>If the chunks are written to a pipe ({@link io.pipeflux.core.pipe.NamedPipes}), the writer reads ahead: when
     * the reader requests one batch, the writer takes that batch and enough further batches to fill 2 MiB. The bytes
     * that have been read ahead are in one chunk in the reader, in the kernel's pipe (at most 1 MiB), and in three
     * chunks in the writer. This operator detects the end of the batches only when one more chunk is requested.
     *
     * <p>A batch may have any number of rows, but must have the same columns as the first batch. Otherwise the
     * stream fails with a {@link io.pipeflux.core.SchemaMismatchException}. After an error, no end marker is written.
     * If there are no batches, the stream's schema has no fields. To write the fields in this case, too, use
     * {@link #encode(Collector)}.
     */
    public static Function<Flux<ColumnBatch>, Flux<ByteBuffer>> encode() {
        return encode(List.of());
    }

    /**
     * Encodes batches in the same way as {@link #encode()}, except that a stream without batches has the fields of the
     * collector's schema. Therefore a reader sees the same columns in every epoch, even if an epoch, or a host's share
     * of an epoch, has no records. In a stream without batches, a padded feature has 0 steps.
     *
     * @param batches the collector that builds the batches, such as {@code schema.batches()}
     * @throws IllegalArgumentException if {@code batches} is not the collector of a schema
     */
    public static Function<Flux<ColumnBatch>, Flux<ByteBuffer>> encode(Collector<?, ?, ColumnBatch> batches) {
        Object made = batches instanceof LettingGoCollector<?, ?> schema ? schema.none() : null;
        if (!(made instanceof ColumnBatch none)) {
            throw new IllegalArgumentException(
                    "expected the collector of a schema, such as schema.batches(), but got " + batches);
        }
        return encode(ArrowEncoder.fields(none));
    }

    private static Function<Flux<ColumnBatch>, Flux<ByteBuffer>> encode(List<ArrowField> ifNone) {
        return batches -> Guarded.defer(() -> {
            ArrowEncoder encoder = new ArrowEncoder(ifNone);
            AtomicReference<@Nullable Subscription> upstream = new AtomicReference<>();
            return Guarded.concatMap(new SeenSource(batches, upstream::set), batch -> {
                        boolean shared = batch.isReleasable() && !Discards.isMadeForIt(upstream.get());
                        return onDemand(encoder.encode(batch), shared ? null : batch);
                    })
                    .concatWith(Flux.defer(() -> onDemand(encoder.end(), null)));
        });
    }

    /**
     * Emits the chunks of a batch. After the last chunk, the {@code Flux} completes only when one more chunk is
     * requested, so that the next batch is not requested too early.
     *
     * @param batch the batch to release after its last chunk or on cancel, or null if the batch must not be released
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
