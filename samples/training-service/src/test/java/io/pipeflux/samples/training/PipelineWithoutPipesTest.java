package io.pipeflux.samples.training;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.repeat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.Position;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.Features;
import io.pipeflux.records.example.proto.Int64List;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.s3.S3Channel;
import io.pipeflux.s3.S3Channels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.core.async.AsyncRequestBody;

/** From S3, or a directory, to batches in one JVM: objects, records, batches, and no pipe anywhere. */
class PipelineWithoutPipesTest {

    private static final Schema SCHEMA = Schema.of(Feature.int64("labels"));
    private static final int OBJECTS = 7;
    private static final int RECORDS_OF_AN_OBJECT = 10;
    private static final int EPOCHS = 3;

    @TempDir
    static Path directory;

    private static DemoStore store;

    @BeforeAll
    static void uploadObjects() throws Exception {
        store = DemoStore.start(directory.resolve("store"));
        for (int i = 0; i < OBJECTS; i++) {
            put("train/part-" + i, tfRecords(i));
            put("zipped/part-" + i + ".gz", gzip(tfRecords(i)));
        }
    }

    @AfterAll
    static void stopStore() {
        store.close();
    }

    @Test
    void aShuffledShareOfS3GoesOnBehindAnyBatch() {
        S3Channel channel =
                S3Channels.prefix(store.client(), store.uri("train/")).shuffle(42);
        List<Long> ofBothHosts = new ArrayList<>();
        for (int host = 0; host < 2; host++) {
            ofBothHosts.addAll(goesOnBehindAnyBatch(channel.shard(2, host).objects(), TfRecords.format()));
        }
        assertThat(ofBothHosts)
                .containsExactlyInAnyOrderElementsOf(IntStream.range(0, EPOCHS)
                        .boxed()
                        .flatMap(epoch -> LongStream.range(0, OBJECTS * RECORDS_OF_AN_OBJECT)
                                .boxed())
                        .toList());
    }

    @Test
    void compressedObjectsGoOnBehindAnyBatchToo() {
        goesOnBehindAnyBatch(
                S3Channels.prefix(store.client(), store.uri("zipped/"))
                        .shuffle(1)
                        .objects(),
                TfRecords.format().compression(Compression.GZIP));
    }

    @Test
    void aManifestGoesOnBehindAnyBatchToo() {
        String entries = IntStream.range(0, OBJECTS)
                .mapToObj(i -> "\"part-" + (OBJECTS - 1 - i) + "\"")
                .reduce("", (a, b) -> a + ", " + b);
        put("train.manifest", ("[{\"prefix\": \"" + store.uri("train/") + "\"}" + entries + "]").getBytes(UTF_8));
        S3Channel channel = S3Channels.manifest(store.client(), store.uri("train.manifest"));

        goesOnBehindAnyBatch(channel.objects(), TfRecords.format());
        goesOnBehindAnyBatch(channel.shuffle(3).shard(2, 1).objects(), TfRecords.format());
    }

    @Test
    void aDirectoryGoesOnBehindAnyBatchToo() throws Exception {
        Path files = Files.createDirectories(directory.resolve("files/deeper"));
        for (int i = 0; i < OBJECTS; i++) {
            Files.write(files.resolve("part-" + i), tfRecords(i));
        }
        goesOnBehindAnyBatch(
                DirectoryChannel.of(files.getParent()).shuffle(8).shard(2, 0).objects(), TfRecords.format());
    }

    @Test
    void anAugmentedManifestIsRecordsOfObjectsAndAttributesInTurn() {
        String lines = IntStream.range(0, 3)
                .mapToObj(i -> "{\"data-ref\": \"" + store.uri("train/part-" + i) + "\", \"class\": " + i + "}\n")
                .reduce("", String::concat);
        put("train.jsonl", lines.getBytes(UTF_8));

        List<byte[]> records = S3Channels.augmentedManifest(
                        store.client(), store.uri("train.jsonl"), List.of("data-ref", "class"))
                .objects()
                .concatMap(RecordIo.wrap(), 0)
                .transform(RecordIo.decode())
                .map(RawRecord::toByteArray)
                .collectList()
                .block();

        assertThat(records).hasSize(6);
        for (int i = 0; i < 3; i++) {
            assertThat(records.get(2 * i)).isEqualTo(tfRecords(i));
            assertThat(new String(records.get(2 * i + 1), UTF_8)).isEqualTo(String.valueOf(i));
        }
    }

    @Test
    void compressedObjectsAreInflatedBeforeTheyAreWrappedAsRecords() {
        for (int memoryBytes : new int[] {0, 64 << 20}) {
            List<byte[]> records = S3Channels.prefix(store.client(), store.uri("zipped/"))
                    .objects()
                    .concatMap(
                            object -> Compression.GZIP
                                    .inflated(memoryBytes)
                                    .apply(object)
                                    .flatMapMany(RecordIo.wrap()),
                            0)
                    .transform(RecordIo.decode())
                    .map(RawRecord::toByteArray)
                    .collectList()
                    .block();

            assertThat(records).hasSize(OBJECTS);
            for (int i = 0; i < OBJECTS; i++) {
                assertThat(records.get(i)).isEqualTo(tfRecords(i));
            }
        }
    }

    /** The labels of all epochs. */
    private static List<Long> goesOnBehindAnyBatch(Flux<ObjectBytes> objects, FrameFormat<RawRecord> format) {
        List<ColumnBatch> whole = train(objects, format, new ResumePoint(new Position(0, 0, 0, 0), 0));
        List<Long> rows = labels(whole);
        int seen = 0;
        for (ColumnBatch batch : whole) {
            seen += batch.rows();
            ResumePoint token = ResumePoint.fromJson(batch.resumeAt().toJson());
            assertThat(labels(train(objects, format, token))).isEqualTo(rows.subList(seen, rows.size()));
        }
        return rows;
    }

    private static List<ColumnBatch> train(
            Flux<ObjectBytes> objects, FrameFormat<RawRecord> format, ResumePoint start) {
        return objects.transform(format.decodeObjects())
                .transform(repeat(EPOCHS))
                .transform(prefetch(10))
                .transform(mapAndBatch(16, 2, SCHEMA.batches()))
                .contextWrite(Pass.resumeAt(start))
                .collectList()
                .block();
    }

    private static void put(String key, byte[] bytes) {
        store.client()
                .putObject(request -> request.bucket(bucket()).key(key), AsyncRequestBody.fromBytes(bytes))
                .join();
    }

    private static String bucket() {
        return store.uri("").substring("s3://".length()).replace("/", "");
    }

    private static byte[] tfRecords(int object) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Flux.range(object * RECORDS_OF_AN_OBJECT, RECORDS_OF_AN_OBJECT)
                .map(PipelineWithoutPipesTest::example)
                .transform(TfRecords.encode())
                .doOnNext(chunk -> out.write(chunk.array(), chunk.arrayOffset() + chunk.position(), chunk.remaining()))
                .blockLast();
        return out.toByteArray();
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    private static ByteBuffer example(int label) {
        Int64List labels = Int64List.newBuilder().addValue(label).build();
        return ByteBuffer.wrap(Example.newBuilder()
                .setFeatures(Features.newBuilder()
                        .putFeature(
                                "labels",
                                io.pipeflux.records.example.proto.Feature.newBuilder()
                                        .setInt64List(labels)
                                        .build()))
                .build()
                .toByteArray());
    }

    private static List<Long> labels(List<ColumnBatch> batches) {
        List<Long> labels = new ArrayList<>();
        for (ColumnBatch batch : batches) {
            LongBuffer column = batch.column("labels").asLongBuffer();
            while (column.hasRemaining()) {
                labels.add(column.get());
            }
        }
        return labels;
    }
}
