package io.pipeflux.records.arrow;

import static io.pipeflux.records.arrow.TestBatches.batches;
import static io.pipeflux.records.arrow.TestBatches.dense;
import static io.pipeflux.records.arrow.TestBatches.everyKind;
import static io.pipeflux.records.arrow.TestBatches.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.flatbuffers.FlatBufferBuilder;
import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.Position;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.test.Chunkings;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.arrow.flatbuf.BodyCompression;
import org.apache.arrow.flatbuf.CompressionType;
import org.apache.arrow.flatbuf.DictionaryBatch;
import org.apache.arrow.flatbuf.Endianness;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.MetadataVersion;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.flatbuf.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class ArrowStreamsTest {

    private static final int END_BYTES = 8;

    @Test
    void batchesOfEveryKindOfColumnAreReadBackEqualHoweverTheBytesAreCut() {
        ColumnBatch[] batches = {everyKind(4, 1), everyKind(4, 2), everyKind(3, 3), everyKind(0, 4), everyKind(1, 5)};
        byte[] bytes = stream(batches);

        Chunkings.few(bytes)
                .forEach(chunking -> assertThat(TestBatches.decode(chunking.bytes()))
                        .as(chunking.name())
                        .containsExactly(batches));
    }

    @Test
    void aSmallStreamIsReadBackEqualForEverySplitPoint() {
        ColumnBatch[] batches = {dense(2, 1, 1), dense(1, 1, 2)};

        Chunkings.of(stream(batches))
                .forEach(chunking -> assertThat(TestBatches.decode(chunking.bytes()))
                        .as(chunking.name())
                        .containsExactly(batches));
    }

    @Test
    void largeColumnsAreReadBackEqualFromChunksOfAtMost256KiB() {
        ColumnBatch[] batches = {dense(64, 1024, 1), dense(64, 1024, 2), everyKind(20_000, 3), everyKind(7, 4)};
        List<ColumnBatch> read = new ArrayList<>();
        for (int from = 0; from < 4; from += 2) { // two streams: the columns differ
            List<ByteBuffer> chunks = Flux.just(batches[from], batches[from + 1])
                    .transform(ArrowStreams.encode())
                    .collectList()
                    .block();
            assertThat(chunks).allSatisfy(chunk -> assertThat(chunk.remaining()).isBetween(1, 256 << 10));
            read.addAll(TestBatches.decode(Flux.fromIterable(chunks)));
        }
        assertThat(read).containsExactly(batches);
    }

    @Test
    void largeColumnsAreNotCopiedWhenWritten() {
        ColumnBatch batch = dense(64, 1024, 1);
        byte[] memory = batch.column("data").values().array();

        assertThat(Flux.just(batch)
                        .transform(ArrowStreams.encode())
                        .filter(chunk -> chunk.array() == memory)
                        .map(ByteBuffer::remaining)
                        .collectList()
                        .block())
                .containsExactly(256 << 10, 256 << 10);
    }

    @Test
    void aDirectColumnIsWrittenAsAnyOther() {
        ByteBuffer memory = ByteBuffer.allocateDirect(200_000);
        ColumnBatch batch = ColumnBatch.of(
                List.of(Column.of("direct", DType.UINT8, new int[] {2, 100_000}, memory)), ResumePoint.START);
        assertThat(batches(stream(batch))).containsExactly(batch);
    }

    @Test
    void buffersBeginAtMultiplesOf64Bytes() {
        byte[] bytes = stream(everyKind(5, 1), everyKind(5, 2));
        assertThat(bytes.length % 64).isEqualTo(END_BYTES);
    }

    @Test
    void aStreamOfNoBatchesIsReadAsOne() {
        byte[] bytes = stream();
        assertThat(bytes).hasSizeGreaterThan(END_BYTES);
        Chunkings.of(bytes)
                .forEach(chunking ->
                        assertThat(TestBatches.decode(chunking.bytes())).isEmpty());
    }

    @Test
    void noBytesAreNoStream() {
        StepVerifier.create(Flux.<ByteBuffer>empty().transform(ArrowStreams.decode()))
                .verifyErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(TruncatedInputException.class)
                        .hasMessageContaining("expected a schema message, but the input ended"));
    }

    @Test
    void oneBatchIsRequestedWhenAChunkIsAskedForThatIsNotThere() {
        AtomicLong requested = new AtomicLong();

        StepVerifier.create(
                        Flux.range(0, 5)
                                .map(i -> dense(1, 1, i))
                                .hide()
                                .doOnRequest(requested::addAndGet)
                                .transform(ArrowStreams.encode()),
                        0)
                .then(() -> assertThat(requested).hasValue(0))
                .thenRequest(1) // the schema and the first batch
                .expectNextCount(1)
                .then(() -> assertThat(requested).hasValue(1))
                .thenRequest(1)
                .expectNextCount(1)
                .then(() -> assertThat(requested).hasValue(2))
                .thenCancel()
                .verify();
        assertThat(requested).hasValue(2);
    }

    @Test
    void batchesWithOtherColumnsThanTheFirstAreRefused() {
        StepVerifier.create(Flux.just(dense(2, 3, 0), dense(2, 4, 7)).transform(ArrowStreams.encode()))
                .expectNextCount(1)
                .verifyErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(SchemaMismatchException.class)
                        .hasMessage("Arrow stream: expected the columns of the stream's first batch,"
                                + " [data FLOAT64[rows, 3]], but got [data FLOAT64[rows, 4]]"
                                + " (epoch 0, byte 7, record 7) [PF-SCHEMA-03]"));
    }

    @Test
    void inputThatEndsInsideAMessageIsTruncatedAndBehindOneHasEnded() {
        ColumnBatch[] batches = {dense(2, 1, 0), dense(1, 1, 1)};
        byte[] bytes = stream(batches);
        int schema = messageBytes(bytes, 0);
        int first = schema + messageBytes(bytes, schema);
        int second = first + messageBytes(bytes, first);
        assertThat(bytes).hasSize(second + END_BYTES);

        for (int end = 0; end <= bytes.length; end++) {
            byte[] cut = Arrays.copyOf(bytes, end);
            int whole = (end >= first ? 1 : 0) + (end >= second ? 1 : 0);
            boolean clean = List.of(schema, first, second, bytes.length).contains(end);
            for (int chunk : new int[] {1, 7, bytes.length}) {
                StepVerifier.FirstStep<ColumnBatch> step =
                        StepVerifier.create(Chunkings.ofSize(cut, chunk).bytes().transform(ArrowStreams.decode()));
                step.expectNextCount(whole);
                if (clean) {
                    step.verifyComplete();
                } else {
                    int record = whole;
                    step.verifyErrorSatisfies(error -> {
                        assertThat(error).isInstanceOf(TruncatedInputException.class);
                        assertThat(((PipefluxException) error).position().recordOrdinal())
                                .isEqualTo(record);
                    });
                }
            }
        }
    }

    @Test
    void messagesInAnyOrderAreReadAsTheStateMachineSays() {
        ColumnBatch batch = dense(1, 1, 3);
        byte[] whole = stream(batch);
        int schema = messageBytes(whole, 0);
        byte[][] messages = {
            Arrays.copyOf(whole, schema),
            Arrays.copyOfRange(whole, schema, whole.length - END_BYTES),
            Arrays.copyOfRange(whole, whole.length - END_BYTES, whole.length)
        };
        for (int order = 0; order < 3 * 3 * 3 * 3 * 3 * 3; order++) {
            ByteBuffer bytes = ByteBuffer.allocate(6 * whole.length);
            boolean inStream = false;
            boolean legal = true;
            int batches = 0;
            for (int rest = order, i = 0; i < 6; i++, rest /= 3) {
                int kind = rest % 3; // schema, batch, end
                bytes.put(messages[kind]);
                legal &= inStream == (kind != 0);
                batches += legal && kind == 1 ? 1 : 0;
                inStream = kind != 2;
            }
            StepVerifier.FirstStep<ColumnBatch> step =
                    StepVerifier.create(Flux.just(bytes.flip()).transform(ArrowStreams.decode()));
            step.expectNextCount(batches);
            if (legal) {
                step.verifyComplete();
            } else {
                step.verifyError(CorruptRecordException.class);
            }
        }
    }

    @Test
    void whatIsNoArrowStreamIsReportedAsWhatItIs() {
        assertThatThrownBy(() -> batches("ARROW1\0\0".getBytes(StandardCharsets.US_ASCII)))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessage("Arrow stream: expected a stream, but got Arrow's file format (it begins with ARROW1); the"
                        + " first bytes are those of Arrow file: write Arrow's stream format instead, which ArrowStreams"
                        + " reads (unnamed stream, epoch 0, byte 0, record 0) [PF-RECORD-01]");
        assertThatThrownBy(() -> batches(new byte[12]))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageContaining("expected a message that begins with 0xffffffff, but got 0x00000000");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, 4096, Integer.MAX_VALUE})
    void aMessageBeyondTheMaximumIsRefusedWhenItsPrefixIsThere(int length) {
        ByteBuffer prefix =
                ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putInt(-1).putInt(length);

        StepVerifier.create(Flux.just(prefix.flip())
                        .concatWith(Flux.never())
                        .transform(ArrowStreams.format().maxRecordBytes(4095).decode()))
                .verifyErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(CorruptRecordException.class)
                        .hasMessageContaining("is more than the maximum of 4095 bytes"));
    }

    @Test
    void aBodyBeyondTheMaximumIsRefusedWhenItsMetadataIsThere() {
        byte[] bytes = stream(dense(1, 1000, 0));
        int upToBody = bytes.length - END_BYTES - 8 * 1000;

        StepVerifier.create(Flux.just(ByteBuffer.wrap(bytes, 0, upToBody))
                        .concatWith(Flux.never())
                        .transform(ArrowStreams.format().maxRecordBytes(8000).decode()))
                .verifyErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(CorruptRecordException.class)
                        .hasMessageContaining("is more than the maximum of 8000 bytes"));
    }

    @Test
    void aBatchWithoutAResumePointIsGivenOneOfItsStream() {
        // two streams, one behind the other; the key of the point is spoilt in both
        byte[] first = without(ArrowEncoder.RESUME, stream(dense(1, 1, 0), dense(1, 1, 1)));
        byte[] second = without(ArrowEncoder.RESUME, stream(dense(2, 2, 2), dense(2, 2, 3), dense(2, 2, 4)));
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);

        List<ColumnBatch> batches = batches(both);
        assertThat(batches.stream().map(batch -> batch.resumeAt().unchecked()))
                .containsExactly(
                        point(0, 0, 1),
                        point(0, 0, 2),
                        point(first.length, 2, 1),
                        point(first.length, 2, 2),
                        point(first.length, 2, 3));
        for (int i = 0; i < batches.size(); i++) {
            assertThat(Flux.just(ByteBuffer.wrap(both))
                            .transform(ArrowStreams.decode())
                            .contextWrite(Pass.resumeAt(batches.get(i).resumeAt()))
                            .collectList()
                            .block())
                    .isEqualTo(batches.subList(i + 1, batches.size()));
        }
    }

    @Test
    void aResumePointOfThePipelineThatMadeTheBatchesIsNoneOfTheStream() {
        byte[] bytes = stream(dense(1, 1, 100), dense(1, 1, 200));

        StepVerifier.create(Flux.just(ByteBuffer.wrap(bytes))
                        .transform(ArrowStreams.decode())
                        .contextWrite(Pass.resumeAt(batches(bytes).get(0).resumeAt())))
                .verifyErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(CorruptRecordException.class)
                        .hasMessageContaining("belongs to the pipeline that built the batches"));
    }

    @Test
    void compressionIsRefused() {
        FlatBufferBuilder metadata = new FlatBufferBuilder();
        int codec = BodyCompression.createBodyCompression(metadata, CompressionType.ZSTD, (byte) 0);
        int batch = RecordBatch.createRecordBatch(metadata, 1, 0, 0, codec, 0);

        assertRefused(
                message(metadata, MessageHeader.RecordBatch, batch),
                SchemaMismatchException.class,
                "the record batch has compression (codec ZSTD), which columns cannot have: write it uncompressed, or compress the"
                        + " whole stream");
    }

    @Test
    void bigEndianNumbersAreRefused() {
        FlatBufferBuilder metadata = new FlatBufferBuilder();
        int fields = Schema.createFieldsVector(metadata, new int[0]);
        int schema = Schema.createSchema(metadata, Endianness.Big, fields, 0, 0);

        StepVerifier.create(Flux.just(ByteBuffer.wrap(message(metadata, MessageHeader.Schema, schema)))
                        .transform(ArrowStreams.decode()))
                .verifyErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(SchemaMismatchException.class)
                        .hasMessageStartingWith("Arrow stream: the schema has big-endian numbers"));
    }

    @Test
    void aMessageOfAnotherKindIsRefused() {
        FlatBufferBuilder metadata = new FlatBufferBuilder();
        int dictionary = DictionaryBatch.createDictionaryBatch(metadata, 1, 0, false);

        assertRefused(
                message(metadata, MessageHeader.Tensor, dictionary),
                CorruptRecordException.class,
                "expected a record batch message, but got one of kind Tensor");
    }

    @Test
    void aBatchWithoutNodesIsRefused() {
        FlatBufferBuilder metadata = new FlatBufferBuilder();
        int batch = RecordBatch.createRecordBatch(metadata, 1, 0, 0, 0, 0);

        assertRefused(
                message(metadata, MessageHeader.RecordBatch, batch),
                CorruptRecordException.class,
                "invalid message: data: the record batch has no node for it");
    }

    /** Refused behind a schema and a batch. */
    private static void assertRefused(byte[] message, Class<? extends PipefluxException> as, String because) {
        byte[] good = stream(dense(1, 1, 0));
        int end = good.length - END_BYTES;
        StepVerifier.create(Flux.just(ByteBuffer.wrap(good, 0, end), ByteBuffer.wrap(message))
                        .transform(ArrowStreams.decode()))
                .expectNextCount(1)
                .verifyErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(as)
                        .hasMessage(
                                "Arrow stream: " + because + " (unnamed stream, epoch 0, byte " + end + ", record 1) ["
                                        + (as == SchemaMismatchException.class ? "PF-SCHEMA-03" : "PF-RECORD-01")
                                        + "]"));
    }

    private static byte[] message(FlatBufferBuilder metadata, byte kind, int header) {
        metadata.finish(Message.createMessage(metadata, MetadataVersion.V5, kind, header, 0, 0));
        byte[] bytes = metadata.sizedByteArray();
        return ByteBuffer.allocate(8 + bytes.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(-1)
                .putInt(bytes.length)
                .put(bytes)
                .array();
    }

    private static ResumePoint point(long offset, long record, long drop) {
        return new ResumePoint(new Position(0, Position.NO_OBJECT, offset, record), drop);
    }

    private static byte[] without(String key, byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        return text.replace(key, key.toUpperCase(Locale.ROOT)).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static int messageBytes(byte[] bytes, int at) {
        int length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(at + 4);
        ByteBuffer metadata = ByteBuffer.wrap(bytes, at + 8, length).slice();
        return 8 + length + (int) Message.getRootAsMessage(metadata).bodyLength();
    }
}
