package io.pipeflux.flink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Position;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.channel.ObjectRef;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.text.TextLines;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** What checkpoints contain stays readable, and what task managers send each other arrives as it was. */
class SerializersTest {

    private static final ObjectRef OBJECT = new ObjectRef("s3://b/train/part-00ü", 1000, "\"etag\"");
    private static final ObjectSplit WHOLE = ObjectSplit.whole(OBJECT, 3, 17);
    private static final ObjectSplit BEGUN =
            new ObjectSplit(new ObjectRef("file:///d/a", 9, null), 0, 1, 2, 8, point(4, 2));

    private static ResumePoint point(long offset, long record) {
        return new ResumePoint(new Position(0, 1, offset, record), 0);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void aSplitHasItsGoldenBytes() throws Exception {
        ObjectSplitSerializer serializer = new ObjectSplitSerializer();
        String whole = "0016" + hex("s3://b/train/part-00ü".getBytes(UTF_8)) + "00000000000003e8" + "01" + "0006"
                + hex("\"etag\"".getBytes(UTF_8)) + "0000000000000003" + "0000000000000011" + "0000000000000000"
                + "00000000000003e8" + "00";

        assertThat(hex(serializer.serialize(WHOLE))).isEqualTo(whole);
        assertThat(serializer.deserialize(1, HexFormat.of().parseHex(whole))).isEqualTo(WHOLE);
        assertThat(serializer.deserialize(1, serializer.serialize(BEGUN))).isEqualTo(BEGUN);
    }

    @Test
    void theStateOfTheListHasItsGoldenBytes() throws Exception {
        ListingStateSerializer serializer = new ListingStateSerializer();
        ListingState state = new ListingState(3, 18, 0x1234L, "k", List.of(WHOLE, BEGUN), null);
        String golden = "0000000000000003" + "0000000000000012" + "0000000000001234" + "01" + "0001" + "6b" + "00000002"
                + "00000001" + hex(new ObjectSplitSerializer().serialize(WHOLE))
                + hex(new ObjectSplitSerializer().serialize(BEGUN));

        assertThat(hex(serializer.serialize(state))).isEqualTo(golden + "00");
        assertThat(serializer.deserialize(1, HexFormat.of().parseHex(golden))).isEqualTo(state);
        assertThat(serializer.deserialize(2, serializer.serialize(ListingState.START)))
                .isEqualTo(ListingState.START);
    }

    @Test
    void recentObjectsHaveTheirGoldenBytes() throws Exception {
        ListingStateSerializer serializer = new ListingStateSerializer();
        RecentObjects.State recent =
                new RecentObjects.State(-1, 2, 3, 4, 5, "k", Map.of(new RecentObjects.Id(0x1122334455667788L, 9), 6L));
        ListingState state = new ListingState(0, 18, 0x1234L, "k", List.of(), recent);
        String golden = "0000000000000000" + "0000000000000012" + "0000000000001234" + "01" + "0001" + "6b" + "00000000"
                + "00000001" + "01" + "ffffffffffffffff" + "0000000000000002" + "0000000000000003" + "0000000000000004"
                + "0000000000000005" + "01" + "0001" + "6b" + "00000001" + "0000000000000006" + "1122334455667788"
                + "0000000000000009";

        assertThat(hex(serializer.serialize(state))).isEqualTo(golden);
        assertThat(serializer.deserialize(2, HexFormat.of().parseHex(golden))).isEqualTo(state);
    }

    @Test
    void theIdOfAnObjectIsOneForEver() {
        ObjectRef object = new ObjectRef("s3://b/k", 1, "\"etag\"", Instant.ofEpochMilli(1000));

        assertThat(RecentObjects.id(object))
                .isEqualTo(new RecentObjects.Id(1485635037399032607L, 8854949536055302566L));
    }

    @Test
    void newerVersionsAreRefused() {
        assertThatThrownBy(() -> new ObjectSplitSerializer().deserialize(2, new byte[0]))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("version 2");
        assertThatThrownBy(() -> new ListingStateSerializer().deserialize(3, new byte[0]))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("version 3");
    }

    @Test
    void aSplitTakesLessThan500BytesAndItsKey() throws Exception {
        String key = "s3://bucket/" + "k".repeat(1012);
        ObjectBytes object = ObjectBytes.of(
                key,
                Long.MAX_VALUE / 2,
                1L << 50,
                "\"d41d8cd98f00b204e9800998ecf8427e-10000\"",
                from -> Flux.just(ByteBuffer.wrap("a\nb\n".getBytes(UTF_8))));
        ObjectSplit split =
                ObjectSplit.whole(new ObjectRef(key, object.size(), object.etag()), 1L << 60, Long.MAX_VALUE / 2);
        RawRecord record = Flux.just(object)
                .transform(TextLines.decodeObjects())
                .contextWrite(io.pipeflux.core.Pass.resumeAt(split.start()))
                .blockFirst();
        ObjectSplit begun = split.continuingAt(record.resumeAt());

        assertThat(new ObjectSplitSerializer().serialize(begun)).hasSizeLessThan(500 + key.length());
    }

    private static <T> T roundTrip(TypeSerializer<T> serializer, T value) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(64);
        serializer.serialize(value, out);
        byte[] written = out.getCopyOfBuffer();
        DataOutputSerializer copied = new DataOutputSerializer(64);
        serializer.copy(new DataInputDeserializer(written), copied);
        assertThat(copied.getCopyOfBuffer()).isEqualTo(written);
        return serializer.deserialize(new DataInputDeserializer(written));
    }

    private static TypeSerializer<RawRecord> ofRecords() {
        return PipefluxTypes.rawRecord().createSerializer(new SerializerConfigImpl());
    }

    private static List<RawRecord> lines(Compression compression, byte[] bytes) {
        ObjectBytes object = ObjectBytes.of(
                "s3://b/k",
                5,
                bytes.length,
                "e",
                from -> Flux.just(ByteBuffer.wrap(bytes, (int) from, bytes.length - (int) from)
                        .slice()));
        return Flux.just(object)
                .transform(TextLines.format().compression(compression).decodeObjects())
                .contextWrite(io.pipeflux.core.Pass.resumeAt(new ResumePoint(new Position(2, 5, 0, 0), 0)))
                .collectList()
                .block();
    }

    @Test
    void aRecordKeepsPayloadPositionAndSource() throws Exception {
        ByteArrayOutputStream gzip = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(gzip)) {
            out.write("one\ntwo\n".getBytes(UTF_8));
        }
        List<List<RawRecord>> streams = List.of(
                lines(Compression.NONE, "one\ntwo\n".getBytes(UTF_8)), lines(Compression.GZIP, gzip.toByteArray()));
        for (List<RawRecord> records : streams) {
            assertThat(records).hasSize(2);
            for (RawRecord record : records) {
                RawRecord arrived = roundTrip(ofRecords(), record);

                assertThat(TextLines.text(arrived)).isEqualTo(TextLines.text(record));
                assertThat(arrived.position()).isEqualTo(record.position());
                assertThat(arrived.source()).isEqualTo("s3://b/k");
                assertThat(arrived.resumeAt()).isEqualTo(record.resumeAt().unchecked());
            }
        }
    }

    @Test
    void aBatchKeepsAll() throws Exception {
        ByteBuffer values = ByteBuffer.allocate(24).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        values.putLong(1).putLong(2).putLong(0).flip();
        ColumnBatch batch =
                ColumnBatch.of(List.of(Column.of("id", DType.INT64, new int[] {3}, values)), point(10, 7), 1);

        assertThat(roundTrip(PipefluxTypes.columnBatch().createSerializer(new SerializerConfigImpl()), batch))
                .isEqualTo(batch);
    }

    @Test
    void aResultKeepsItsElementAndItsFailures() throws Exception {
        ObjectFailure failure = new ObjectFailure("s3://b/ü", 3, 1L << 40, 17, true, "m".repeat(100_000));
        TypeSerializer<ReadResult<RawRecord>> serializer = ofResults();
        RawRecord record = lines(Compression.NONE, "one\n".getBytes(UTF_8)).get(0);

        ReadResult<RawRecord> arrived = roundTrip(serializer, new ReadResult<>(record, List.of(failure)));

        assertThat(TextLines.text(arrived.element())).isEqualTo("one");
        assertThat(arrived.failures()).containsExactly(failure);
        ReadResult<RawRecord> last = new ReadResult<>(null, List.of(failure, failure));
        assertThat(roundTrip(serializer, last)).isEqualTo(last);
        assertThat(roundTrip(PipefluxTypes.objectFailure().createSerializer(new SerializerConfigImpl()), failure))
                .isEqualTo(failure);
    }

    private static TypeSerializer<ReadResult<RawRecord>> ofResults() {
        return new ReadResultType<>(PipefluxTypes.rawRecord()).createSerializer(new SerializerConfigImpl());
    }

    @Test
    void theSerializerOfResultsIsRestoredWithThatOfTheirElements() throws Exception {
        DataOutputSerializer out = new DataOutputSerializer(64);
        TypeSerializerSnapshot.writeVersionedSnapshot(out, ofResults().snapshotConfiguration());

        TypeSerializerSnapshot<?> restored = TypeSerializerSnapshot.readVersionedSnapshot(
                new DataInputDeserializer(out.getCopyOfBuffer()), getClass().getClassLoader());

        assertThat(restored.restoreSerializer()).isEqualTo(ofResults());
        assertThat(new ReadResultType<>(PipefluxTypes.rawRecord()))
                .isEqualTo(new ReadResultType<>(PipefluxTypes.rawRecord()))
                .isNotEqualTo(new ReadResultType<>(PipefluxTypes.columnBatch()));
    }

    @Test
    void serializersAreRestoredFromTheirSnapshots() throws Exception {
        for (TypeSerializer<?> serializer : List.of(
                ofRecords(),
                PipefluxTypes.columnBatch().createSerializer(new SerializerConfigImpl()),
                PipefluxTypes.objectFailure().createSerializer(new SerializerConfigImpl()))) {
            DataOutputSerializer out = new DataOutputSerializer(64);
            TypeSerializerSnapshot.writeVersionedSnapshot(out, serializer.snapshotConfiguration());

            TypeSerializerSnapshot<?> restored = TypeSerializerSnapshot.readVersionedSnapshot(
                    new DataInputDeserializer(out.getCopyOfBuffer()), getClass().getClassLoader());

            assertThat(restored.restoreSerializer()).isSameAs(serializer);
            assertThat(serializer.createInstance()).isNotNull();
        }
    }
}
