package io.pipeflux.flink;

import io.pipeflux.s3.DatasetWriter;
import io.pipeflux.s3.Upload;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.metrics.Counter;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Writes the elements of one subtask of {@link PipefluxSink}. The elements between two checkpoints form one stream.
 * When the stream has ended, the bytes of its objects are in the store, but the objects are not visible yet.
 *
 * <pre>{@code
 *   write(element)    --> ElementHandoff --> encoder --> parts --> uploads
 *   flush()           ends the stream, and waits for the uploads
 *   prepareCommit()   returns the uploads
 * }</pre>
 */
final class DatasetSinkWriter<T> implements CommittingSinkWriter<T, PreparedObjects> {

    /** The elements since the previous checkpoint, and the uploads that result from them. */
    private record Stream<T>(ElementHandoff<T> elements, CompletableFuture<@Nullable List<Upload>> uploads) {}

    private final S3AsyncClient client;
    private final DatasetWriter<T> writer;
    private final DatasetWriter<T> ends;
    private final String part;
    private final TaskInfo subtasks;
    private final @Nullable TypeSerializer<T> copier; // null if Flink does not reuse elements
    private final Counter records;
    private final Counter bytes;
    private final List<PreparedObjects> prepared = new ArrayList<>();
    private @Nullable Stream<T> current;
    private int streams;

    DatasetSinkWriter(SinkDataset<T> dataset, String part, WriterInitContext context) {
        this.part = part;
        this.subtasks = context.getTaskInfo();
        this.copier = context.isObjectReuseEnabled() ? context.createInputSerializer() : null;
        this.records = context.metricGroup().getNumRecordsSendCounter();
        this.bytes = context.metricGroup().getNumBytesSendCounter();
        this.client = Clients.create(dataset.client());
        try {
            this.writer = dataset.writer(client);
            this.ends = dataset.ends(client);
        } catch (RuntimeException | Error e) {
            client.close();
            throw e;
        }
    }

    /** Fails if the folder contains objects of a different job. */
    void requireNew(String job) {
        try {
            writer.requireNew(job).then(ends.requireNew(job)).block();
        } catch (RuntimeException | Error e) {
            client.close();
            throw e;
        }
    }

    @Override
    public void write(T element, Context context) throws IOException, InterruptedException {
        Stream<T> to = current;
        if (to == null) {
            to = begin();
            current = to;
        }
        if (!to.elements().next(copier == null ? element : copier.copy(element))) {
            Waiting.get(to.uploads());
            throw new IOException("expected the store to take all elements, but the upload ended before");
        }
        records.inc();
    }

    private Stream<T> begin() {
        ElementHandoff<T> elements = new ElementHandoff<>();
        CompletableFuture<@Nullable List<Upload>> uploads = writer.prepare(name(), elements)
                .doFinally(signal -> elements.stop())
                .toFuture();
        return new Stream<>(elements, uploads);
    }

    private String name() {
        return part + String.format(Locale.ROOT, "-%05d", streams);
    }

    @Override
    public void flush(boolean endOfInput) throws IOException, InterruptedException {
        Stream<T> ending = current;
        List<Upload> uploads = List.of();
        if (ending != null) {
            ending.elements().complete();
            uploads = Waiting.get(ending.uploads());
            current = null;
            uploads.forEach(upload -> bytes.inc(upload.size()));
        }
        if (!uploads.isEmpty() || endOfInput) {
            int endOf = endOfInput ? subtasks.getNumberOfParallelSubtasks() : PreparedObjects.NOT_ENDED;
            prepared.add(new PreparedObjects(name(), uploads, subtasks.getIndexOfThisSubtask(), endOf));
            streams++;
        }
    }

    @Override
    public Collection<PreparedObjects> prepareCommit() {
        List<PreparedObjects> all = List.copyOf(prepared);
        prepared.clear();
        return all;
    }

    /** Aborts the uploads that are not part of a checkpoint. */
    @Override
    public void close() {
        Stream<T> left = current;
        current = null;
        try {
            if (left != null && left.elements().fail()) {
                left.uploads().handle((uploads, error) -> uploads).get(); // completes when all uploads are aborted
            } else if (left != null) {
                // the stream had already ended, which means that the task was cancelled while it was waiting for the
                // uploads
                left.uploads().cancel(false);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // S3Writer.abortOlderThan removes the remaining uploads later
        } catch (ExecutionException e) {
            throw new IllegalStateException("expected the end of the uploads to be known, but got an error", e);
        } finally {
            client.close();
        }
    }
}
