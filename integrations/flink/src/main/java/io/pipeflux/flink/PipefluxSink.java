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
 * A sink of Apache Flink that writes a dataset exactly once. The dataset consists of objects of about the same size,
 * and of manifests that list the objects. Immutable: each setter returns a new sink.
 *
 * <pre>
 *   s3://bucket/train/PART-00000.tfrecord       an object; becomes visible when its checkpoint is complete
 *   s3://bucket/train.manifests/PART.manifest   the committed objects of one subtask and one checkpoint
 *   s3://bucket/train.ended/PART                one note for each subtask whose input has ended
 *   s3://bucket/train.manifest                  all objects; written last, when all input has ended
 * </pre>
 *
 * <p><b>Two phases.</b> A subtask sends the bytes of its objects as multipart uploads. At a checkpoint, the subtask
 * ends its current object, and the uploads become part of the checkpoint. So each checkpoint creates at least one
 * object for each subtask that has received elements, and the interval between checkpoints limits the size of the
 * objects. When the checkpoint is complete, its uploads are committed. After a failure, the uploads are committed
 * again. An upload that was already committed is recognised. If an upload no longer exists, the job fails with an error
 * that names the upload, so no object is silently missing.
 *
 * <p><b>Reading.</b> A job that ends writes {@code train.manifest} after everything is committed, so {@link
 * io.pipeflux.s3.S3Channels#manifest} reads either all of the dataset or nothing. While a job runs, each manifest of
 * {@code train.manifests/} lists only complete objects, and each object is in exactly one of these manifests. The
 * prefix {@code s3://bucket/train/} contains the objects of complete checkpoints. The objects of one checkpoint do not
 * become visible at the same moment. A manifest of a checkpoint may be written more than once, always with the same
 * content.
 *
 * <p><b>Remaining uploads.</b> A task that fails aborts its uploads that are not part of a checkpoint yet, if Flink
 * gives the task enough time. The uploads of a checkpoint that was never completed, and those of a process that was
 * killed, stay in the store until {@link io.pipeflux.s3.S3Writer#abortOlderThan} or a lifecycle rule removes them.
 * Choose an age that is longer than the longest time for which a job may be stopped between a savepoint and its
 * restart.
 *
 * <p><b>Limits.</b> The folder must be new, unless the job is restored. The job fails if the first object in the folder
 * belongs to a different job. (In application mode with high availability, different jobs can have the same id. The
 * sink cannot distinguish them.) In streaming mode, enable checkpointing, because otherwise the objects become visible
 * only at the end. If a job is restored from an older checkpoint than the latest one, the elements after that
 * checkpoint are written again, in addition to the objects that are already visible. If a job is restored with a
 * different parallelism after some subtasks have ended, {@code train.manifest} is not written. The sink does not write
 * indexes of records.
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
     * @param folder {@code s3://bucket/folder}, not percent-encoded; a missing slash at the end is added
     * @param client creates a client in each subtask. The subtask closes its client. The factory is sent with the job,
     *     so it should not contain credentials; leave them to the client's credentials provider
     * @param encoder creates a function that encodes the elements of one object, for example {@code RecordIo::encode}
     *     for payloads
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
     * Returns a sink that writes batches as streams in Apache Arrow's IPC format, in objects named {@code *.arrows}.
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
     * Sets the size at which an object is complete and the next one begins. A checkpoint also completes the current
     * object, so that object may be smaller.
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
     * Sets the suffix of the objects' names. Defaults to no suffix.
     *
     * @throws IllegalArgumentException if the suffix contains a slash
     */
    public PipefluxSink<T> suffix(String suffix) {
        if (suffix.indexOf('/') >= 0) {
            throw new IllegalArgumentException("expected a suffix without slashes, but got '" + suffix + "'");
        }
        return new PipefluxSink<>(dataset.withSuffix(suffix));
    }

    /**
     * Sets how objects are written. For example, limit the number of parts in flight to save memory: each subtask holds
     * these parts in memory.
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
