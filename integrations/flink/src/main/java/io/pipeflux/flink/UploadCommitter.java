package io.pipeflux.flink;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.s3.DatasetWriter;
import io.pipeflux.s3.S3Channels;
import io.pipeflux.s3.S3Writer;
import io.pipeflux.s3.Upload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.apache.flink.api.connector.sink2.Committer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Makes the objects of a complete checkpoint visible, and writes their manifest. Any subtask can repeat this: an upload
 * that was already committed is recognised, and a manifest is replaced by an equal one. If an upload no longer exists,
 * the job fails. The steps are:
 *
 * <pre>
 *   1. commit the objects
 *   2. write the manifest of these objects
 *   3. if the input of subtask i has ended, write a note: "subtask i of n has ended"
 *   4. if the notes of all n subtasks exist, write the manifest of the whole folder
 * </pre>
 *
 * The subtask that writes the last note finds all notes, because a listing contains every object that was written
 * before the listing began. All objects are committed before the notes are written.
 */
final class UploadCommitter implements Committer<PreparedObjects> {

    private static final int COMMITS_IN_FLIGHT = 4;

    private final SinkDataset<?> dataset;
    private final String job;
    private final S3AsyncClient client;
    private final S3Writer objects;
    private final DatasetWriter<?> writer;

    /** @param job the common prefix of the names of the job's objects */
    UploadCommitter(SinkDataset<?> dataset, String job) {
        this.dataset = dataset;
        this.job = job;
        this.client = Clients.create(dataset.client());
        this.objects = dataset.objects(client);
        this.writer = dataset.writer(client);
    }

    @Override
    public void commit(Collection<CommitRequest<PreparedObjects>> requests) throws IOException, InterruptedException {
        for (CommitRequest<PreparedObjects> request : requests) {
            commit(request.getCommittable());
        }
    }

    private void commit(PreparedObjects prepared) throws IOException, InterruptedException {
        int uploads = prepared.uploads().size();
        long committed = Waiting.get(Flux.fromIterable(prepared.uploads())
                .flatMap(objects::commit, COMMITS_IN_FLIGHT)
                .count());
        if (committed != uploads) {
            throw new IllegalStateException("expected " + uploads + " commits, but got " + committed);
        }
        if (!prepared.uploads().isEmpty()) {
            Waiting.get(writer.writeManifest(
                    dataset.folder() + ".manifests/" + prepared.part() + ".manifest",
                    prepared.uploads().stream().map(Upload::uri).toList()));
        }
        if (prepared.isEnd()) {
            end(prepared);
        }
    }

    private void end(PreparedObjects prepared) throws IOException, InterruptedException {
        String notes = dataset.ended() + "/";
        String all = String.format(Locale.ROOT, "-of-%05d", prepared.endOf());
        String note = String.format(Locale.ROOT, "%s%05d%s", job, prepared.subtask(), all);
        byte[] text = prepared.toString().getBytes(StandardCharsets.UTF_8);
        Waiting.get(objects.write(notes + note, Mono.fromSupplier(() -> ByteBuffer.wrap(text))));
        Set<String> ended = new HashSet<>();
        for (String key : Waiting.get(S3Channels.prefix(client, notes)
                .objects()
                .map(ObjectBytes::key)
                .filter(key -> key.endsWith(all))
                .collectList())) {
            // The prefix of each name is ignored, because a restored job may find notes of the previous job. Those
            // notes have that job's prefix. It has the same length as this job's prefix.
            ended.add(key.substring(notes.length() + job.length()));
        }
        if (ended.size() == prepared.endOf()) {
            Waiting.get(writer.writeManifest());
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
