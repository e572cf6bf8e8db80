package io.pipeflux.s3;

import io.pipeflux.core.job.CheckpointStore;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/**
 * Keeps the latest checkpoint in S3, as a single object named {@code checkpoint} under a prefix. Each write replaces
 * the whole object with a PutObject. Use this class with {@link io.pipeflux.core.job.Checkpoints}: {@code
 * Checkpoints.of(S3Checkpoints.at(client, "s3://bucket/checkpoints/job-7/"), fingerprint)}.
 *
 * <p>Reading and writing block the calling thread, and hold the checkpoint in memory. A checkpoint may have at most 1
 * GiB. An interrupt does not end the wait, so an interrupted training job can still save its state. The thread's
 * interrupt flag is kept. Only status 404 with the code {@code NoSuchKey} means that no checkpoint exists. A missing
 * bucket, denied access and a response without a code are errors. Without permission to list the bucket, S3 responds to
 * a missing key with 403, which is an error, too. So allow {@code s3:ListBucket}. Retries and time-outs are those of
 * the client. A checkpoint is sent with its CRC32C, unless the store does not support checksums.
 *
 * <p>The prefix is not locked. If two jobs use it, the last write wins. Making the first write of a job conditional
 * would not work: if the response to that write were lost and the client repeated the write, the store would refuse the
 * repeated write.
 */
public final class S3Checkpoints implements CheckpointStore {

    private static final String NAME = "checkpoint";

    /**
     * The maximum size of a checkpoint. A larger object could exceed the limits of the SDK and of the heap, and is
     * probably not a checkpoint.
     */
    private static final int MAX_BYTES = 1 << 30;

    private static final String PERMISSION = "s3:GetObject and s3:PutObject for it, and s3:ListBucket";

    private final S3AsyncClient client;
    private final String bucket;
    private final String key;

    private S3Checkpoints(S3AsyncClient client, String bucket, String key) {
        this.client = client;
        this.bucket = bucket;
        this.key = key;
    }

    /**
     * Returns a store that keeps a checkpoint under a prefix. This method sends nothing to S3.
     *
     * @param client reads and writes the checkpoint. The caller closes the client after the last use
     * @param uri {@code s3://bucket/prefix}, not percent-encoded, used by one job only. The prefix is a folder: a slash
     *     is added if it is missing
     * @throws IllegalArgumentException if {@code uri} does not have the form given above
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
                            get -> get.bucket(bucket).key(key), new LimitedBytes(toString(), MAX_BYTES)))
                    .asByteArrayUnsafe());
        } catch (MissingException e) {
            return Optional.empty();
        }
    }

    @Override
    public void write(byte[] checkpoint) throws IOException {
        if (checkpoint.length > MAX_BYTES) {
            throw new IOException("expected a checkpoint of at most " + MAX_BYTES + " bytes for " + this + ", but got "
                    + checkpoint.length);
        }
        SumKind.Sum sum = SumKind.CRC32C.start();
        sum.update(checkpoint, 0, checkpoint.length);
        PutObjectRequest put = PutObjectRequest.builder()
                .bucket(bucket)
                .key(key)
                .contentType("application/octet-stream")
                .checksumCRC32C(SumKind.text(sum.value()))
                .build();
        try {
            put(put, checkpoint);
        } catch (IOException e) {
            if (e.getCause() == null || !S3Failures.isUnsupported(e.getCause())) {
                throw e;
            }
            AwsRequestOverrideConfiguration none =
                    AwsRequestOverrideConfiguration.builder().build();
            put(
                    put.toBuilder()
                            .checksumCRC32C(null)
                            .overrideConfiguration(ClientSums.off(none))
                            .build(),
                    checkpoint);
        }
    }

    private void put(PutObjectRequest request, byte[] checkpoint) throws IOException {
        await(() -> client.putObject(request, AsyncRequestBody.fromBytesUnsafe(checkpoint)));
    }

    private <T> T await(Supplier<CompletableFuture<T>> call) throws IOException {
        try {
            // sent on another thread, because the SDK fails on an interrupted thread. An interrupt does not end join(),
            // and the thread's interrupt flag is kept
            return ClientThreads.of(client).call(call).toFuture().join();
        } catch (CompletionException | CancellationException e) {
            Throwable cause = e.getCause() == null ? e : S3Failures.unwrap(e.getCause());
            if (cause instanceof NoSuchKeyException missing
                    && missing.statusCode() == 404
                    && "NoSuchKey".equals(missing.awsErrorDetails().errorCode())) {
                throw new MissingException(missing);
            }
            CommonFailures.Failure known = CommonFailures.common(client, bucket, cause, PERMISSION);
            throw new IOException(known == null ? S3Failures.firstLine(cause) : known.what(), cause);
        }
    }

    /** Signals that, according to the store, the key does not exist. */
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
