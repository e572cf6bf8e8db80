package io.pipeflux.flink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pipeflux.core.ObjectWriteException;
import io.pipeflux.s3.S3Writer;
import io.pipeflux.s3.Upload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.flink.api.connector.sink2.Committer.CommitRequest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** Uploads that a checkpoint keeps are committed again after a restart, and never left out. */
@Tag("flink")
class SinkCommitTest {

    private static SinkStore store;

    @BeforeAll
    static void start() throws Exception {
        store = SinkStore.start();
    }

    @AfterAll
    static void stop() throws Exception {
        store.close();
    }

    private record Request(PreparedObjects getCommittable) implements CommitRequest<PreparedObjects> {

        @Override
        public int getNumberOfRetries() {
            return 0;
        }

        @Override
        public void signalFailedWithKnownReason(Throwable t) {
            throw new AssertionError("a committable would be left out", t);
        }

        @Override
        public void signalFailedWithUnknownReason(Throwable t) {
            throw new AssertionError(t);
        }

        @Override
        public void retryLater() {
            throw new AssertionError("expected no retries");
        }

        @Override
        public void updateAndRetryLater(PreparedObjects object) {
            throw new AssertionError("expected no retries");
        }

        @Override
        public void signalAlreadyCommitted() {
            throw new AssertionError("expected to be noticed by the writer");
        }
    }

    private static PreparedObjects prepared(String key) {
        Upload upload = S3Writer.of(store.client())
                .prepare("s3://bucket/" + key, Flux.just(ByteBuffer.wrap("abc".getBytes(UTF_8))))
                .block();
        return new PreparedObjects("part-x", List.of(upload), 1, PreparedObjects.NOT_ENDED);
    }

    /** Commits what a restarted job reads from its checkpoint. */
    private static void commit(PreparedObjects object) throws Exception {
        PreparedObjectsSerializer serializer = new PreparedObjectsSerializer();
        PreparedObjects restored = serializer.deserialize(serializer.getVersion(), serializer.serialize(object));
        SinkDataset<ByteBuffer> dataset = SinkDataset.of("s3://bucket/train", store.clients(), () -> bytes -> bytes);
        try (UploadCommitter committer = new UploadCommitter(dataset, "part-job-")) {
            committer.commit(List.of(new Request(restored)));
        }
    }

    @Test
    void aCommitIsIdempotent() throws Exception {
        PreparedObjects object = prepared("train/twice");
        commit(object);
        commit(object);
        assertThat(store.keys("train/twice")).hasSize(1);
    }

    @Test
    void anUploadThatIsGoneIsAnError() throws Exception {
        PreparedObjects object = prepared("train/gone");
        S3Writer.of(store.client()).abort(object.uploads().get(0)).block();
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> commit(object))
                .withCauseInstanceOf(ObjectWriteException.class)
                .withMessageContaining("s3://bucket/train/gone");
    }

    @Test
    void theLastSubtaskToEndWritesTheManifest() throws Exception {
        commit(prepared("train/last"));
        PreparedObjects first = new PreparedObjects("part-a", List.of(), 0, 2);
        commit(first);
        commit(first);
        assertThat(store.keys("train.manifest")).noneMatch("train.manifest"::equals);
        commit(new PreparedObjects("part-b", List.of(), 1, 4)); // before a savepoint, of a job with other subtasks
        assertThat(store.keys("train.manifest")).noneMatch("train.manifest"::equals);
        for (int time = 0; time < 2; time++) {
            commit(new PreparedObjects("part-b", List.of(), 1, 2));
            assertThat(store.objects(Flux.just("train.manifest"))).contains("s3://bucket/train/last");
        }
    }

    @Test
    void theSerializerHasAVersion() throws Exception {
        PreparedObjectsSerializer serializer = new PreparedObjectsSerializer();
        PreparedObjects end =
                serializer.deserialize(1, serializer.serialize(new PreparedObjects("p", List.of(), 3, 7)));
        assertThat(end.uploads()).isEmpty();
        assertThat(end.part()).isEqualTo("p");
        assertThat(end.subtask()).isEqualTo(3);
        assertThat(end.endOf()).isEqualTo(7);
        byte[] bytes = serializer.serialize(prepared("train/serialized"));
        assertThat(serializer.deserialize(1, bytes).uploads().get(0).uri()).isEqualTo("s3://bucket/train/serialized");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> serializer.deserialize(2, bytes))
                .withMessageContaining("version 2");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> serializer.deserialize(1, java.util.Arrays.copyOf(bytes, bytes.length - 1)));
    }

    @Test
    void foldersAndSizesAreChecked() {
        for (String folder : List.of("train", "s3://bucket", "s3://bucket/", "http://b/train")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> PipefluxSink.<ByteBuffer>of(folder, store.clients(), () -> bytes -> bytes));
        }
        PipefluxSink<ByteBuffer> sink =
                PipefluxSink.<ByteBuffer>of("s3://bucket/train/", store.clients(), () -> bytes -> bytes);
        assertThat(sink).hasToString("PipefluxSink[s3://bucket/train]");
        assertThatIllegalArgumentException().isThrownBy(() -> sink.objectBytes(0));
        assertThatIllegalArgumentException().isThrownBy(() -> sink.suffix("a/b"));
    }
}
