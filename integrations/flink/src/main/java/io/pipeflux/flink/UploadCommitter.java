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
 * Makes the objects of a complete checkpoint visible, and writes their manifest. Everything can be done again, by any
 * subtask: an upload that was committed is recognised, and a manifest is replaced by an equal one. An upload that is
 * gone is an error, which fails the job.
 *
 * <pre>
 *   objects committed --&gt; their manifest --&gt; if it is the end: a note "subtask i of n has ended"
 *                                                --&gt; if there are notes of all n: the manifest of the folder
 * </pre>
 *
 * The one whose note is the last finds all notes, since stores list what was written before. By then all objects are
 * committed.
 */
final class UploadCommitter implements Committer<PreparedObjects> {

    private static final int COMMITS_IN_FLIGHT = 4;

    private final SinkDataset<?> dataset;
    private final String job;
    private final S3AsyncClient client;
    private final S3Writer objects;
    private final DatasetWriter<?> writer;

    /** @param job the prefix of the names of the job's objects */
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
            ended.add(key.substring(notes.length() + job.length())); // notes of other jobs: before a savepoint
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
