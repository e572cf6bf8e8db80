package io.pipeflux.flink;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.arrow.ArrowStreams;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.s3.S3WriteOptions;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.InitContext;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.util.function.SerializableSupplier;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * A sink of Apache Flink that writes a dataset, exactly once: objects of about one size, and manifests. Immutable:
 * each setter returns a new sink.
 *
 * <pre>
 *   s3://bucket/train/PART-00000.tfrecord       nobody sees an object before its checkpoint is complete
 *   s3://bucket/train.manifests/PART.manifest   the objects of a subtask of a checkpoint, after their commit
 *   s3://bucket/train.ended/PART                a note for each subtask whose input has ended
 *   s3://bucket/train.manifest                  all objects, when all input has ended; written last
 * </pre>
 *
 * <p><b>Two phases.</b> A subtask sends the bytes of its objects as multipart uploads. At a checkpoint it ends its
 * object, and the uploads become part of the checkpoint. When the checkpoint is complete they are committed. After a
 * failure the uploads of the checkpoint are committed again: one that was committed before is recognised. One that is
 * gone fails the job with an error that names it: it is never left out. So a checkpoint makes at least one object per
 * subtask that got elements: the interval between checkpoints bounds their size from above.
 *
 * <p><b>Reading.</b> A job that ends writes {@code train.manifest} once all is committed: {@link
 * io.pipeflux.s3.S3Channels#manifest} reads all or nothing. While a job runs, each manifest of {@code
 * train.manifests/} lists whole objects, and each object is in one of them; the prefix {@code s3://bucket/train/} has
 * the objects of complete checkpoints, some of which may have been committed a moment before others. Manifests can be
 * written again, by any subtask: the same objects make the same manifest.
 *
 * <p><b>What is left.</b> A task that fails aborts the uploads of no checkpoint yet, as far as Flink leaves it the
 * time. Those of a checkpoint that was never complete, and of a process that is killed, stay in the store until
 * {@link io.pipeflux.s3.S3Writer#abortOlderThan} or a lifecycle rule removes them. Their age must be longer than a
 * job may be stopped between a savepoint and its restart.
 *
 * <p><b>Limits.</b> The folder must be new, unless a job is restored: it is refused if it begins with objects of
 * another job. (Jobs whose id is fixed, as in application mode with high availability, look alike.) Checkpointing
 * must be on in streaming, or objects appear only at the end. A job that is restored from any but its latest
 * checkpoint writes the elements after it again, as all sinks do whose results are visible. If it is restored with
 * another parallelism after some subtasks have ended, {@code train.manifest} is not written. Records have no index.
 *
 * @param <T> the type of the elements
 */
public final class PipefluxSink<T> implements Sink<T>, SupportsCommitter<PreparedObjects> {

    private static final long serialVersionUID = 1;

    private final SinkDataset<T> dataset;

    private PipefluxSink(SinkDataset<T> dataset) {
        this.dataset = dataset;
    }

    /**
     * Returns a sink for elements of any type.
     *
     * @param folder {@code s3://bucket/folder} without any escapes; a slash is added if it is missing
     * @param client creates a client, in each subtask, which closes it. Credentials are best left to the client's
     *     provider, since the factory is sent with the job
     * @param encoder creates what encodes the elements of one object, for example {@code RecordIo::encode} for payloads
     */
    public static <T> PipefluxSink<T> of(
            String folder,
            SerializableSupplier<S3AsyncClient> client,
            SerializableSupplier<Function<Flux<T>, Flux<ByteBuffer>>> encoder) {
        return new PipefluxSink<>(SinkDataset.of(
                folder, Objects.requireNonNull(client, "client"), Objects.requireNonNull(encoder, "encoder")));
    }

    /** Returns a sink that writes the payloads of records as TFRecords, in objects named {@code *.tfrecord}. */
    public static PipefluxSink<RawRecord> tfRecords(String folder, SerializableSupplier<S3AsyncClient> client) {
        return PipefluxSink.<RawRecord>of(
                        folder,
                        client,
                        () -> records -> records.map(RawRecord::bytes).transform(TfRecords.encode()))
                .suffix(".tfrecord");
    }

    /**
     * Returns a sink that writes batches as streams of Apache Arrow's IPC format, in objects named {@code *.arrows}.
     *
     * @param schema creates the schema of the batches, in each subtask
     */
    public static PipefluxSink<ColumnBatch> arrow(
            String folder, SerializableSupplier<S3AsyncClient> client, SerializableSupplier<Schema> schema) {
        Objects.requireNonNull(schema, "schema");
        return PipefluxSink.<ColumnBatch>of(
                        folder, client, () -> ArrowStreams.encode(schema.get().batches()))
                .suffix(".arrows");
    }

    /**
     * Sets the size at which an object ends before a checkpoint does.
     *
     * @param bytes at least 1. Defaults to 128 MiB
     */
    public PipefluxSink<T> objectBytes(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("expected objects of >= 1 byte, but got " + bytes);
        }
        return new PipefluxSink<>(dataset.withObjectBytes(bytes));
    }

    /**
     * Sets what the names of the objects end in. Defaults to nothing.
     *
     * @throws IllegalArgumentException if it has a slash
     */
    public PipefluxSink<T> suffix(String suffix) {
        if (suffix.indexOf('/') >= 0) {
            throw new IllegalArgumentException("expected a suffix without slashes, but got '" + suffix + "'");
        }
        return new PipefluxSink<>(dataset.withSuffix(suffix));
    }

    /**
     * Sets how objects are written, for example with fewer parts in flight: each subtask holds its parts in memory.
     *
     * @param options creates the options, in each subtask. Defaults to {@link S3WriteOptions#defaults()}
     */
    public PipefluxSink<T> options(SerializableSupplier<S3WriteOptions> options) {
        return new PipefluxSink<>(dataset.withOptions(Objects.requireNonNull(options, "options")));
    }

    @Override
    public SinkWriter<T> createWriter(WriterInitContext context) {
        String job = job(context);
        String part = String.format(
                Locale.ROOT,
                "%s%05d-%s",
                job,
                context.getTaskInfo().getIndexOfThisSubtask(),
                UUID.randomUUID().toString().substring(0, 8));
        DatasetSinkWriter<T> writer = new DatasetSinkWriter<>(dataset, part, context);
        if (context.getRestoredCheckpointId().isEmpty()) {
            writer.requireNew(job);
        }
        return writer;
    }

    private static String job(InitContext context) {
        return "part-" + context.getJobInfo().getJobId().toHexString().substring(0, 8) + "-";
    }

    @Override
    public Committer<PreparedObjects> createCommitter(CommitterInitContext context) {
        return new UploadCommitter(dataset, job(context));
    }

    @Override
    public SimpleVersionedSerializer<PreparedObjects> getCommittableSerializer() {
        return new PreparedObjectsSerializer();
    }

    @Override
    public String toString() {
        return "PipefluxSink[" + dataset.folder() + "]";
    }
}
