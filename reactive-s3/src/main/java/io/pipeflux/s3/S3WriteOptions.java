package io.pipeflux.s3;

import io.pipeflux.core.internal.OptionValues;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;

/**
 * Options for writing objects. Instances are immutable: each setter returns a changed copy.
 *
 * <p>The upload of an object holds at most {@link #partsInFlight} + 1 parts of {@link #partSize} in memory (72 MiB by
 * default), plus a copy of one chunk of its source. Parts are kept in direct memory until all uploads together use half
 * of {@code -XX:MaxDirectMemorySize}. Further parts are kept on the heap.
 */
public final class S3WriteOptions {

    private static final int MIB = 1 << 20;

    /** The minimum part size. S3 rejects smaller parts, except for the last one. */
    private static final int LEAST_PART = 5 * MIB;

    private static final S3WriteOptions DEFAULTS = new S3WriteOptions(new Values());

    private static final class Values extends OptionValues {

        private int partSize = 8 * MIB;
        private int partsInFlight = 8;
        private int retries = 10;
        private Duration noProgressTimeout = Duration.ofSeconds(60);
        private Consumer<CreateMultipartUploadRequest.Builder> onRequest = request -> {};
        private Checksums checksums = Checksums.WHEN_AVAILABLE;
    }

    private final Values values;

    private S3WriteOptions(Values values) {
        this.values = values;
    }

    private S3WriteOptions with(Consumer<Values> change) {
        return new S3WriteOptions(OptionValues.changed(values, change));
    }

    /**
     * Returns the default options: parts of 8 MiB, 8 parts in flight, 10 retries, a no-progress time-out of 60 seconds,
     * checksums when available, and no {@link #onRequest} callback.
     */
    public static S3WriteOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets the number of bytes that one request sends. An object has at most 10,000 parts, so it has at most 78 GiB
     * with parts of 8 MiB.
     *
     * @param bytes at least 5 MiB, which is S3's own limit. Defaults to 8 MiB
     */
    public S3WriteOptions partSize(int bytes) {
        OptionChecks.atLeast(LEAST_PART, bytes, "part size", " bytes");
        return with(to -> to.partSize = bytes);
    }

    /**
     * Sets the maximum number of parts of one object that are sent simultaneously.
     *
     * @param count at least 1. Defaults to 8, which is enough for about 300 MB/s if each connection transfers 40 MB/s
     */
    public S3WriteOptions partsInFlight(int count) {
        OptionChecks.atLeast(1, count, "parts in flight", "");
        return with(to -> to.partsInFlight = count);
    }

    /**
     * Sets the maximum number of retries of a request. A request is retried if the store does not respond, or responds
     * that it is overloaded or has failed. Each retry is preceded by a random wait of about 0.1, 0.2, 0.4, ... seconds,
     * up to 7.5 seconds. These are the only retries, because the SDK's own retries are switched off. If the store
     * refuses the credentials, the next try gets credentials from the client's provider again. This happens at most 5
     * times.
     *
     * @param count 0 for no retries. Defaults to 10
     */
    public S3WriteOptions retries(int count) {
        OptionChecks.atLeast(0, count, "retries", "");
        return with(to -> to.retries = count);
    }

    /**
     * Sets how long the request of a part may go without progress before it is aborted and retried. Progress means that
     * the HTTP client takes a byte, or that the store responds. The HTTP client may take bytes long before it sends
     * them, so this time must be long enough to send a whole part.
     *
     * @param timeout greater than 0. Defaults to 60 seconds
     */
    public S3WriteOptions noProgressTimeout(Duration timeout) {
        OptionChecks.noProgressTimeout(timeout);
        return with(to -> to.noProgressTimeout = timeout);
    }

    /**
     * Sets a callback that adds settings to every object, such as its content type, storage class or encryption.
     * Defaults to no callback. The callback may be called by several threads at the same time, and must not block.
     *
     * <p>The request that the callback receives already contains the bucket and the object's key; {@code
     * request.build()} returns them. The callback cannot change the bucket, the object's key or the checksum. Some
     * settings, such as an SSE-C encryption key, a request payer or an expected bucket owner, are also used for the
     * other requests of the upload. {@link S3Writer#commit} calls the callback again. If the callback sets an SSE-C
     * encryption key, it must then set the same one.
     */
    public S3WriteOptions onRequest(Consumer<CreateMultipartUploadRequest.Builder> onRequest) {
        Objects.requireNonNull(onRequest, "onRequest");
        return with(to -> to.onRequest = onRequest);
    }

    /**
     * Sets whether parts and objects are sent with a CRC32C, which the store compares with the bytes and keeps for
     * readers. Defaults to {@link Checksums#WHEN_AVAILABLE}: a store that does not support checksums gets the object
     * without them. For writes, {@link Checksums#ALL} means the same as {@code WHEN_AVAILABLE}. Status 400 is an error
     * and does not count as missing support, because it may mean that the bytes are wrong. With {@link
     * Checksums#REQUIRE}, a write fails if the store does not confirm the checksum of a part.
     */
    public S3WriteOptions checksums(Checksums checksums) {
        Objects.requireNonNull(checksums, "checksums");
        return with(to -> to.checksums = checksums);
    }

    int partSize() {
        return values.partSize;
    }

    int partsInFlight() {
        return values.partsInFlight;
    }

    int retries() {
        return values.retries;
    }

    Duration noProgressTimeout() {
        return values.noProgressTimeout;
    }

    Checksums checksums() {
        return values.checksums;
    }

    /** Returns a request with the settings of the callback. */
    CreateMultipartUploadRequest newRequest(String bucket, String key) {
        CreateMultipartUploadRequest.Builder request =
                CreateMultipartUploadRequest.builder().bucket(bucket).key(key);
        values.onRequest.accept(request);
        return request.bucket(bucket).key(key).build();
    }

    @Override
    public String toString() {
        return "S3WriteOptions[part size " + values.partSize + " bytes, " + values.partsInFlight + " parts in flight, "
                + values.retries + " retries, no-progress time-out " + values.noProgressTimeout + ", checksums "
                + values.checksums + "]";
    }
}
