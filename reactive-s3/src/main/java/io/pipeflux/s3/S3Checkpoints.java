package io.pipeflux.s3;

import io.pipeflux.core.job.CheckpointStore;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/**
 * Keeps the newest checkpoint as one object of S3, {@code checkpoint} under a prefix, which a PutObject replaces as a
 * whole: {@code Checkpoints.of(S3Checkpoints.at(client, "s3://bucket/checkpoints/job-7/"), fingerprint)}.
 *
 * <p>Both directions block the thread that calls them, and hold the checkpoint in memory. An interrupt does not
 * end the wait, and is kept: a training that is interrupted saves what it has. Only 404 with the code {@code
 * NoSuchKey} means that there is none: a missing bucket, a refusal, an answer without a code are errors. (Without
 * permission to list the bucket S3 answers 403 for a missing key, which is an error, too: allow {@code s3:ListBucket}.)
 * Retries and timeouts are the client's.
 *
 * <p>Nothing keeps a second job away from the prefix: the last write wins. (A conditional first write would not either:
 * when the client repeats one whose answer was lost, the store refuses the repetition as another's.)
 */
public final class S3Checkpoints implements CheckpointStore {

    private static final String NAME = "checkpoint";

    private final S3AsyncClient client;
    private final String bucket;
    private final String key;

    private S3Checkpoints(S3AsyncClient client, String bucket, String key) {
        this.client = client;
        this.bucket = bucket;
        this.key = key;
    }

    /**
     * The store under a prefix. Nothing is sent here.
     *
     * @param client reads and writes; stays the caller's
     * @param uri {@code s3://bucket/prefix} of one job's own, taken as a folder: a missing slash is added; literal
     * @throws IllegalArgumentException if the URI has another form
     */
    public static CheckpointStore at(S3AsyncClient client, String uri) {
        S3Uri folder = S3Uri.parse(uri);
        String prefix = folder.prefix();
        String slash = prefix.isEmpty() || prefix.endsWith("/") ? "" : "/";
        return new S3Checkpoints(Objects.requireNonNull(client, "client"), folder.bucket(), prefix + slash + NAME);
    }

    @Override
    public Optional<byte[]> read() throws IOException {
        try {
            return Optional.of(await(() -> client.getObject(
                            get -> get.bucket(bucket).key(key), AsyncResponseTransformer.<GetObjectResponse>toBytes()))
                    .asByteArrayUnsafe());
        } catch (MissingException e) {
            return Optional.empty();
        }
    }

    @Override
    public void write(byte[] checkpoint) throws IOException {
        await(() -> client.putObject(
                put -> put.bucket(bucket).key(key).contentType("application/octet-stream"),
                AsyncRequestBody.fromBytesUnsafe(checkpoint)));
    }

    private <T> T await(Supplier<CompletableFuture<T>> call) throws IOException {
        try {
            // sent on another thread, since the SDK refuses an interrupted one; join() waits on, and keeps the flag
            return ClientThreads.of(client).call(call).toFuture().join();
        } catch (CompletionException | CancellationException e) {
            Throwable cause = e.getCause() == null ? e : S3Failures.unwrap(e.getCause());
            if (cause instanceof NoSuchKeyException missing
                    && missing.statusCode() == 404
                    && "NoSuchKey".equals(missing.awsErrorDetails().errorCode())) {
                throw new MissingException(missing);
            }
            throw new IOException(cause.getMessage() == null ? cause.toString() : cause.getMessage(), cause);
        }
    }

    /** The store has answered that there is no such key. */
    private static final class MissingException extends IOException {

        private static final long serialVersionUID = 1L;

        MissingException(Throwable cause) {
            super(cause);
        }
    }

    @Override
    public String toString() {
        return "s3://" + bucket + "/" + key;
    }
}
