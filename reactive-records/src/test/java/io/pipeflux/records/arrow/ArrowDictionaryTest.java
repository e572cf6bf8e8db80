package io.pipeflux.records.arrow;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.flatbuffers.FlatBufferBuilder;
import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.test.Chunkings;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.DictionaryBatch;
import org.apache.arrow.flatbuf.DictionaryEncoding;
import org.apache.arrow.flatbuf.DictionaryKind;
import org.apache.arrow.flatbuf.Endianness;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.FieldNode;
import org.apache.arrow.flatbuf.Int;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.MetadataVersion;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.flatbuf.Schema;
import org.apache.arrow.flatbuf.Type;
import org.apache.arrow.flatbuf.Utf8;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** Streams with a field "word", whose int32 values point into dictionary 7. */
class ArrowDictionaryTest {

    private static final int DICTIONARY = 7;

    private final FlatBufferBuilder builder = new FlatBufferBuilder();
    private final ByteArrayOutputStream stream = new ByteArrayOutputStream();

    ArrowDictionaryTest() {
        schema();
    }

    @Test
    void valuesAreLookedUpInTheDictionaryWithItsDeltasAndReplacementsSoFar() {
        dictionary(DICTIONARY, false, "a", "bb");
        batch(0, 1, 0);
        dictionary(DICTIONARY, true, "ccc", "");
        batch(3, 2, 1, 0);
        dictionary(DICTIONARY, false, "d");
        batch(0);

        Chunkings.of(stream.toByteArray())
                .forEach(chunking -> assertThat(TestBatches.decode(chunking.bytes()))
                        .extracting(ArrowDictionaryTest::words)
                        .as(chunking.name())
                        .containsExactly(List.of("a", "bb", "a"), List.of("", "ccc", "bb", "a"), List.of("d")));
    }

    @Test
    void aBatchHasAResumePointBehindWhichTheDictionariesBeforeItAreKnown() {
        dictionary(DICTIONARY, false, "a", "bb");
        batch(0, 1);
        dictionary(DICTIONARY, true, "c");
        batch(2);
        batch(1, 2);
        byte[] bytes = stream.toByteArray();
        List<ColumnBatch> batches = TestBatches.batches(bytes);

        for (int i = 0; i < 3; i++) {
            assertThat(Flux.just(ByteBuffer.wrap(bytes))
                            .transform(ArrowStreams.decode())
                            .contextWrite(Pass.resumeAt(batches.get(i).resumeAt()))
                            .collectList()
                            .block())
                    .isEqualTo(batches.subList(i + 1, 3));
        }
    }

    @Test
    void aDictionaryIsKeptWhenItsChunkIsOverwritten() {
        dictionary(DICTIONARY, false, "a", "bb");
        byte[] first = stream.toByteArray();
        stream.reset();
        batch(1);
        byte[] second = stream.toByteArray();

        assertThat(Flux.just(first, second)
                        .map(ByteBuffer::wrap)
                        .doOnNext(chunk -> {
                            if (chunk.array() == second) {
                                Arrays.fill(first, (byte) 'x');
                            }
                        })
                        .transform(ArrowStreams.decode())
                        .map(ArrowDictionaryTest::words)
                        .collectList()
                        .block())
                .containsExactly(List.of("bb"));
    }

    @Test
    void anIndexThatIsNoneOfTheDictionaryIsCorrupt() {
        dictionary(DICTIONARY, false, "a", "bb");
        int at = stream.size();
        batch(0, 2);

        assertThatThrownBy(() -> TestBatches.batches(stream.toByteArray()))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageContaining("word: expected an index of the 2 values of dictionary 7 as value 1, but got 2")
                .satisfies(e -> assertThat(((PipefluxException) e).position().byteOffset())
                        .isEqualTo(at));
    }

    @Test
    void aBatchBeforeItsDictionaryAndADictionaryOfNoFieldAreCorrupt() {
        batch(0);
        assertThatThrownBy(() -> TestBatches.batches(stream.toByteArray()))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageContaining("of the 0 values of dictionary 7");

        stream.reset();
        schema();
        dictionary(8, false, "a");
        assertThatThrownBy(() -> TestBatches.batches(stream.toByteArray()))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageContaining("dictionary 8, which no field has");
    }

    /** A message of 400 KB says a batch of 20 GB. */
    @Test
    void aLongValueThatManyIndicesPointToIsRefusedBeforeThereIsMemoryForThem() {
        dictionary(DICTIONARY, false, "x".repeat(200_000));
        batch(new int[100_000]);

        assertThatThrownBy(() -> TestBatches.batches(stream.toByteArray()))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageContaining("record length 20000400004 is more than the maximum of 268435456 bytes");
    }

    @Test
    void nullsOfTheDictionaryAreNullsOfTheColumn() {
        assertThatThrownBy(() -> TestBatches.batches(withNull()))
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessageContaining("field \"word\" has nulls (1), which columns cannot have: decode with");

        ColumnBatch batch = Flux.just(ByteBuffer.wrap(withNull()))
                .transform(ArrowStreams.format(
                                ArrowNulls.filled().fill("word", "none").withMasks())
                        .decode())
                .blockLast();
        assertThat(words(batch)).containsExactly("a", "none", "a");
        byte[] mask = new byte[3];
        batch.column("word.mask").copyTo(mask);
        assertThat(mask).containsExactly(1, 0, 1);
    }

    private byte[] withNull() {
        stream.reset();
        schema();
        Column words = strings("a", "bb");
        byte[] bits = {0b01};
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(Arrays.copyOf(bits, 64));
        bytes.writeBytes(bytes(BatchBody.of(batchOf(words))));
        RecordBatch.startNodesVector(builder, 1);
        FieldNode.createFieldNode(builder, 2, 1);
        int nodes = builder.endVector();
        RecordBatch.startBuffersVector(builder, 3);
        Buffer.createBuffer(builder, 128, 3);
        Buffer.createBuffer(builder, 64, 12);
        Buffer.createBuffer(builder, 0, 1);
        int buffers = builder.endVector();
        int data = RecordBatch.createRecordBatch(builder, 2, nodes, buffers, 0, 0);
        int dictionary = DictionaryBatch.createDictionaryBatch(builder, DICTIONARY, data, false);
        message(MessageHeader.DictionaryBatch, dictionary, bytes.toByteArray());
        batch(0, 1, 0);
        return stream.toByteArray();
    }

    private static List<String> words(ColumnBatch batch) {
        return ColumnTrees.text(batch.column("word"));
    }

    private void schema() {
        int index = Int.createInt(builder, 32, true);
        int encoding = DictionaryEncoding.createDictionaryEncoding(
                builder, DICTIONARY, index, false, DictionaryKind.DenseArray);
        Utf8.startUtf8(builder);
        int type = Utf8.endUtf8(builder);
        int children = Field.createChildrenVector(builder, new int[0]);
        int field =
                Field.createField(builder, builder.createString("word"), true, Type.Utf8, type, encoding, children, 0);
        int fields = Schema.createFieldsVector(builder, new int[] {field});
        message(MessageHeader.Schema, Schema.createSchema(builder, Endianness.Little, fields, 0, 0), new byte[0]);
    }

    private void dictionary(long id, boolean delta, String... words) {
        BatchBody body = BatchBody.of(batchOf(strings(words)));
        int data = record(body, words.length);
        message(
                MessageHeader.DictionaryBatch,
                DictionaryBatch.createDictionaryBatch(builder, id, data, delta),
                bytes(body));
    }

    private void batch(int... indices) {
        ByteBuffer values = ByteBuffer.allocate(4 * indices.length).order(ByteOrder.LITTLE_ENDIAN);
        values.asIntBuffer().put(indices);
        BatchBody body = BatchBody.of(batchOf(Column.of("word", DType.INT32, new int[] {indices.length}, values)));
        message(MessageHeader.RecordBatch, record(body, indices.length), bytes(body));
    }

    private int record(BatchBody body, int rows) {
        int nodes = body.writeNodes(builder);
        int buffers = body.writeBuffers(builder);
        return RecordBatch.createRecordBatch(builder, rows, nodes, buffers, 0, 0);
    }

    private static byte[] bytes(BatchBody body) {
        Chunks chunks = new Chunks(true);
        body.addTo(chunks);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        chunks.forEachRemaining(chunk -> bytes.writeBytes(chunk.array()));
        return bytes.toByteArray();
    }

    private static ColumnBatch batchOf(Column column) {
        return ColumnBatch.of(List.of(column), ResumePoint.START);
    }

    private static Column strings(String... words) {
        ByteBuffer offsets = ByteBuffer.allocate(4 + 4 * words.length).order(ByteOrder.LITTLE_ENDIAN);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        offsets.putInt(0);
        for (String word : words) {
            bytes.writeBytes(word.getBytes(UTF_8));
            offsets.putInt(bytes.size());
        }
        return Column.ofBytes("word", new int[] {words.length}, offsets.flip(), ByteBuffer.wrap(bytes.toByteArray()));
    }

    private void message(byte kind, int header, byte[] body) {
        builder.finish(Message.createMessage(builder, MetadataVersion.V5, kind, header, body.length, 0));
        byte[] metadata = builder.sizedByteArray();
        builder.clear();
        ByteBuffer prefix = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        stream.writeBytes(prefix.putInt(-1).putInt(metadata.length).array());
        stream.writeBytes(metadata);
        stream.writeBytes(body);
    }
}
