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
 * Encodes and decodes batches as streams of Apache Arrow's IPC format (arrow.apache.org/docs/format/Columnar.html, "IPC
 * Streaming Format"), which all Arrow libraries read and write. All numbers are little-endian.
 *
 * <pre>
 *   stream    | schema message | batch message | batch message | ... | end marker |
 *
 *              0            4            8                  8+length          8+length+body
 *             +------------+------------+------------------+-----------------+
 *   message   | 0xffffffff | length (4) | metadata (length)| body            |      padded to 64 bytes when written,
 *             +------------+------------+------------------+-----------------+      to 8 bytes at least when read
 *
 *   end marker  0xffffffff, 0
 *
 *   metadata  a flatbuffer (Message.fbs): the fields of a schema, or the positions of a batch's buffers in the body
 *   body      the columns' memory without changes, buffer after buffer
 * </pre>
 *
 * <p>Columns become fields of these types. No field is nullable:
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
 * <p>The custom metadata of a batch's message contains {@code pipeflux.resume}, the batch's resume point as JSON. If
 * the batch has padded rows, it also contains {@code pipeflux.padded_rows}. Other readers ignore these entries. The
 * {@linkplain ColumnBatch#metadata metadata} of batches is stored in the schema. As with Arrow's own writers, a stream
 * has the metadata of its first batch.
 */
public final class ArrowStreams {

    private static final FrameFormat<ColumnBatch> FORMAT = FrameFormat.of("Arrow stream", () -> new ArrowDecoder(null));

    private ArrowStreams() {}

    /**
     * Returns the format for streams without nulls. In positions and error messages, a record of this format is a
     * batch. {@link FrameFormat#maxRecordBytes} limits the length of a message, which is a batch with its metadata.
     *
     * <p>The format reads all types that {@link #encode} writes. From other writers, it also reads these types:
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
     * <p>The maximum length also limits the decoded columns of a batch, because dictionaries and views can repeat
     * bytes.
     *
     * <p>All other types, nulls, compression and big-endian numbers cause a {@link
     * io.pipeflux.core.SchemaMismatchException}. It states the field, what is not supported, and what to do. To replace
     * nulls, use {@link #format(ArrowNulls)}. An invalid message causes a {@link
     * io.pipeflux.core.CorruptRecordException}. As Arrow permits, a stream may end without its end marker after any
     * message. If it ends elsewhere, or has no schema message, decoding fails with a {@link
     * io.pipeflux.core.TruncatedInputException}. After the end marker, another stream with a different schema may
     * follow.
     *
     * <p>If the values in the stream have the layout of columns, the columns share the memory of the chunk in which the
     * batch arrived. A batch that spans chunks is joined in one new array. So if the source keeps its buffers
     * ({@linkplain io.pipeflux.core contract of bytes}), the columns must not be written to.
     *
     * <p>A batch whose metadata contains a resume point keeps this point. The point belongs to the pipeline that built
     * the batches, so use it to start <em>that</em> pipeline. Other batches get a point in this stream, which consists
     * of the stream's beginning and the number of batches to drop from there.
     */
    public static FrameFormat<ColumnBatch> format() {
        return FORMAT;
    }

    /**
     * Returns the format for streams that can contain nulls. Apart from that, it is the same as {@link #format()}.
     *
     * @param nulls the values that replace nulls
     */
    public static FrameFormat<ColumnBatch> format(ArrowNulls nulls) {
        Objects.requireNonNull(nulls, "nulls");
        return FrameFormat.of("Arrow stream", () -> new ArrowDecoder(nulls));
    }

    /** Decodes one stream, such as that of a pipe. The same as {@code format().decode()}. */
    public static Function<Flux<ByteBuffer>, Flux<ColumnBatch>> decode() {
        return FORMAT.decode();
    }

    /** Decodes an epoch object by object. The same as {@code format().decodeObjects()}. */
    public static Function<Flux<ObjectBytes>, Flux<ColumnBatch>> decodeObjects() {
        return FORMAT.decodeObjects();
    }

    /**
     * Writes batches as one stream, in chunks of at most 256 KiB.
     *
     * <p>Batches are requested one at a time. The next batch is requested when a chunk is requested and all chunks of
     * the earlier batches have been emitted. Chunks are created on the thread that requests them.
     *
     * <p>Columns of 64 KiB and more are not copied. Their chunks are slices of the columns' memory, which must no
     * longer be written to. Smaller columns are copied into a common chunk. If a batch can be {@linkplain
     * ColumnBatch#release released}, all its columns are copied, because a receiver may keep a chunk for any length of
     * time. The batch is released after its last chunk, on cancel and on error, unless an operator between {@code
     * mapAndBatch} and this operator might have kept it.
     *
     * <p>If the batches are written to a pipe ({@link io.pipeflux.core.pipe.NamedPipes}) and the reader requests one
     * batch, the writing side takes that batch and as many more as fill 2 MiB. These bytes are in one chunk in the
     * reader, at most 1 MiB in the kernel's pipe, and three chunks in the writer. The end of the batches is detected
     * when one more chunk is requested.
     *
     * <p>All batches must have the same columns as the first batch, with any number of rows. Otherwise the stream fails
     * with a {@link io.pipeflux.core.SchemaMismatchException}. After an error, no end marker is written. A stream
     * without batches has a schema without fields, unless it is written by {@link #encode(Collector)}.
     */
    public static Function<Flux<ColumnBatch>, Flux<ByteBuffer>> encode() {
        return encode(List.of());
    }

    /**
     * Writes batches as {@link #encode()} does, except that a stream without batches has the fields of a schema.
     * Readers of an epoch without records, or of a host's share without records, thus see the same columns as in other
     * epochs. In such a stream, a padded feature has 0 steps.
     *
     * @param batches the collector that builds the batches, such as {@code schema.batches()}
     * @throws IllegalArgumentException if it is not the collector of a schema
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
     * Emits the chunks of a batch. Completes only when one more chunk is requested after the last chunk, so that the
     * next batch is not requested earlier.
     *
     * @param batch the batch to release after its last chunk or on cancel, or null if no batch is to be released
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
