package io.pipeflux.s3;

import io.pipeflux.core.internal.OptionValues;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/**
 * Options for reading objects. Instances are immutable: each setter returns a changed copy.
 *
 * <p>A subscription to a channel holds at most {@link #windowBytes} of objects in memory, however slow its subscriber
 * is. Emitted chunks do not count, because they belong to the subscriber. The client needs additional memory for its
 * own buffers.
 */
public final class S3ReadOptions {

    private static final int MIB = 1 << 20;
    private static final S3ReadOptions DEFAULTS = new S3ReadOptions(new Values());

    private static final class Values extends OptionValues {

        private int partSize = 8 * MIB;
        private int windowBytes = 64 * MIB;
        private int getsInFlight = 16;
        private int retries = 10;
        private Duration retryFor = Duration.ZERO;
        private Duration noProgressTimeout = Duration.ofSeconds(15);
        private Consumer<GetObjectRequest.Builder> onRequest = request -> {};
        private Checksums checksums = Checksums.WHEN_AVAILABLE;
        private int verifyFirst;
        private int pageSize = 1000;
    }

    private final Values values;

    private S3ReadOptions(Values values) {
        this.values = values;
    }

    private S3ReadOptions with(Consumer<Values> change) {
        return new S3ReadOptions(OptionValues.changed(values, change));
    }

    /**
     * Returns the default options: parts of 8 MiB, a window of 64 MiB, 16 GETs in flight, 10 retries, a {@link
     * #retryFor} time of 0, a no-progress time-out of 15 seconds, checksums when available, and no {@link #onRequest}
     * callback.
     */
    public static S3ReadOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets the maximum number of bytes that one GET fetches. A smaller object is a single part. No part is larger than
     * the window. While many GETs are in flight, the parts of larger objects are made smaller, down to 1 MiB, so that
     * the window has room for all these GETs.
     *
     * @param bytes at least 1. Defaults to 8 MiB
     */
    public S3ReadOptions partSize(int bytes) {
        OptionChecks.atLeast(1, bytes, "part size", " byte");
        return with(to -> to.partSize = bytes);
    }

    /**
     * Sets the maximum number of bytes that one subscription holds ahead of its subscriber. This includes bytes that
     * are requested but have not arrived. The window opens with two parts, and grows only while the subscriber waits
     * for bytes. Each subscription has its own window, so channels never wait for each other.
     *
     * @param bytes at least 1. Defaults to 64 MiB
     */
    public S3ReadOptions windowBytes(int bytes) {
        OptionChecks.atLeast(1, bytes, "window", " byte");
        requireHalf(values.verifyFirst, bytes);
        return with(to -> to.windowBytes = bytes);
    }

    /**
     * Sets the maximum number of GETs that one subscription has in progress simultaneously. The client must allow
     * enough connections for all its channels together. The SDK's Netty client allows 50.
     *
     * @param count at least 1. Defaults to 16
     */
    public S3ReadOptions getsInFlight(int count) {
        OptionChecks.atLeast(1, count, "GETs in flight", "");
        return with(to -> to.getsInFlight = count);
    }

    /**
     * Sets the maximum number of retries of a part. Each retry continues after the bytes that have arrived. The more
     * bytes a try has received before it failed, the less it counts: a try that has received a 64th of the part (or 1
     * MiB, if that is less) does not count, whereas a try that has received only one byte counts almost fully. A try
     * that has received more than a 64th makes up for earlier ones. Each try is preceded by a random wait. The maximum
     * wait is 0.1 seconds at first, doubles with each try of the part up to 5 seconds, and starts over with the next
     * part. With 10 retries, a read fails if the store has refused all requests for 13 seconds on average.
     *
     * <p>The waits are random for each part, so if several parts are fetched at the same time, one of them may use up
     * its retries after only 5 seconds. To retry for a certain time instead, see {@link #retryFor}.
     *
     * <p>For GETs of objects, these are the only retries: the SDK's own retries are switched off, regardless of the
     * client's settings. The same applies to the HEADs that are sent while an object is being read, to verify it.
     * Listings and all other HEADs are retried according to the client's settings.
     *
     * <p>If the store refuses the credentials, the next try gets them from the client's provider again. A part is
     * requested again at most 5 times in a row for this reason, even if {@code count} is larger, because after 5 tries
     * the credentials are probably wrong. The same limit of 5 applies to requests for pages of the listing after the
     * first page, and to requests for the sizes of a manifest's objects.
     *
     * @param count 0 for no retries. Defaults to 10
     */
    public S3ReadOptions retries(int count) {
        OptionChecks.atLeast(0, count, "retries", "");
        return with(to -> to.retries = count);
    }

    /**
     * Sets how long a store may be away. While the store cannot be reached, does not answer or answers with a status
     * such as 503, requests are sent again until this time has passed since the first failure, even if the {@link
     * #retries} are used up. This applies to parts, to pages of the listing, to the sizes of a manifest's objects and
     * to checksums. The time of a part begins anew when the part makes progress. If requests have failed for 3 seconds,
     * a warning is logged, and so is the store's return.
     *
     * <p>The time counts from the first failed try. A store that accepts connections but never answers is noticed only
     * when a try times out: for parts after the {@link #noProgressTimeout}, and for listings and HEADs after the
     * client's own attempts have timed out. With the SDK's defaults, these are 4 attempts of 30 seconds, so the time
     * begins after 120 seconds, the first warning is logged after 240, and the error may be reported up to 120 seconds
     * after the time has passed.
     *
     * <p>Set this for a job that must survive the restart of a store. Requests that fail because of wrong settings,
     * such as missing credentials, or TLS for a store without TLS, are not retried for this time. But requests are
     * retried if the host name cannot be resolved, because the name server may be away, too.
     *
     * @param time the time, or 0 if only the number of retries decides. Defaults to 0
     */
    public S3ReadOptions retryFor(Duration time) {
        OptionChecks.notNegative(time, "time to retry for");
        return with(to -> to.retryFor = time);
    }

    /**
     * Sets how long a GET may go without progress before it is aborted and retried. A GET makes progress if it receives
     * at least a 1024th of its part (or 64 KiB, if that is less) in this time, and at least one byte. Bytes are
     * received from the client as fast as they arrive, so a slow subscriber does not delay a GET.
     *
     * @param timeout greater than 0. Defaults to 15 seconds
     */
    public S3ReadOptions noProgressTimeout(Duration timeout) {
        OptionChecks.noProgressTimeout(timeout);
        return with(to -> to.noProgressTimeout = timeout);
    }

    /**
     * Sets a callback that adds settings to every GET, such as requester-pays, an SSE-C encryption key or a version.
     * Defaults to no callback. The callback is called for each request, by several threads simultaneously, and must not
     * block.
     *
     * <p>The request that the callback receives already contains the bucket and the object's key; {@code
     * request.build()} returns them. So settings can differ between objects. The callback cannot change the bucket, the
     * object's key, the range or If-Match, because these are set after the call. The callback is also called for HEADs
     * and for listings. For a listing, the request has no object key. Of the settings that the callback adds, listings
     * use only the request payer and the expected bucket owner. HEADs also use the version and the SSE-C settings.
     * Choose versions only for the objects of a manifest, because the sizes and ETags of these objects are requested
     * for the same version. The version of a listed object must have the size and the ETag that the listing states.
     */
    public S3ReadOptions onRequest(Consumer<GetObjectRequest.Builder> onRequest) {
        Objects.requireNonNull(onRequest, "onRequest");
        return with(to -> to.onRequest = onRequest);
    }

    /**
     * Sets whether the bytes of objects are compared with the checksums that S3 stores. Defaults to {@link
     * Checksums#WHEN_AVAILABLE}.
     *
     * <p>An object that fits into one {@linkplain #partSize part} is verified before its first byte is emitted, and
     * costs no further request. If its bytes are altered, it is fetched again, see {@link #retries}. A larger object
     * costs one HEAD, which is sent together with the first GET. Such an object is verified after its last byte was
     * emitted. If its bytes are altered, the read fails at the end with {@link io.pipeflux.core.ObjectReadException}.
     * In this case, no record of the object, and no resume point inside it, can be trusted, except those that the error
     * names. To have larger objects verified before their first byte, see {@link #verifyFirst}. No HEAD is sent if the
     * listing states that the object has no checksum of a kind that this option computes.
     *
     * <p>A composite checksum is the checksum of the checksums of uploaded parts. It can be compared if the sizes of
     * the parts are whole MiB, as is the case for nearly all programs that upload objects. If it differs, the sizes of
     * the parts are requested, with at most one HEAD for each part. If the sizes are unusual or the store does not
     * state them, the object is not verified.
     *
     * <p>Objects that are read from an offset, as at a resume point, and objects without a checksum are not verified.
     * {@link io.pipeflux.core.PipelineMonitor#verifiedBytes} counts the bytes that were verified.
     */
    public S3ReadOptions checksums(Checksums checksums) {
        Objects.requireNonNull(checksums, "checksums");
        return with(to -> to.checksums = checksums);
    }

    /**
     * Sets the maximum size of objects that are verified before their first byte is emitted, even if they are larger
     * than a {@linkplain #partSize part}. Such an object is fetched by a single GET, and fetched again if its bytes are
     * altered. It occupies its whole size in the window until it is verified.
     *
     * @param bytes at most half of the {@linkplain #windowBytes window}. Defaults to 0: only objects that fit into one
     *     part are verified first
     * @throws IllegalArgumentException if negative, or larger than half of the window
     */
    public S3ReadOptions verifyFirst(int bytes) {
        OptionChecks.atLeast(0, bytes, "verifyFirst", " bytes");
        requireHalf(bytes, values.windowBytes);
        return with(to -> to.verifyFirst = bytes);
    }

    private static void requireHalf(int verifyFirst, int windowBytes) {
        if (verifyFirst > windowBytes / 2) {
            throw new IllegalArgumentException("expected verifyFirst of at most half of the window, " + windowBytes / 2
                    + " bytes, but got " + verifyFirst);
        }
    }

    /** Sets the maximum number of keys in one page of the listing. */
    S3ReadOptions pageSize(int keys) {
        return with(to -> to.pageSize = keys);
    }

    /**
     * Returns the part size as it was set, even if the window has no room for such parts. It also serves as a guess at
     * the size of uploaded parts, because the upload may have used the same size.
     */
    int statedPartSize() {
        return values.partSize;
    }

    int partSize() {
        return Math.min(values.partSize, values.windowBytes);
    }

    /**
     * Returns the size of the first part of an object whose size is unknown. It is small enough that half of the window
     * remains free even if all GETs in flight fetch such parts.
     */
    int firstPartSize() {
        return Math.min(partSize(), Math.max(64 << 10, values.windowBytes / (2 * values.getsInFlight)));
    }

    int windowBytes() {
        return values.windowBytes;
    }

    /**
     * Returns the length of the part that begins at the given offset.
     *
     * @param size the object's size, greater than the offset
     */
    int partSize(long from, long size) {
        boolean whole = from == 0 && size <= values.verifyFirst && values.checksums != Checksums.OFF;
        return (int) Math.min(whole ? size : partSize(), size - from);
    }

    int getsInFlight() {
        return values.getsInFlight;
    }

    int retries() {
        return values.retries;
    }

    Duration retryFor() {
        return values.retryFor;
    }

    Duration noProgressTimeout() {
        return values.noProgressTimeout;
    }

    Checksums checksums() {
        return values.checksums;
    }

    int pageSize() {
        return values.pageSize;
    }

    /** @param key the object's key, or null for a listing */
    GetObjectRequest.Builder newRequest(String bucket, @Nullable String key) {
        GetObjectRequest.Builder request =
                GetObjectRequest.builder().bucket(bucket).key(key);
        values.onRequest.accept(request);
        return request.bucket(bucket).key(key);
    }

    @Override
    public String toString() {
        return "S3ReadOptions[part size " + values.partSize + " bytes, window " + values.windowBytes + " bytes, "
                + values.getsInFlight + " GETs in flight, " + values.retries + " retries"
                + (values.retryFor.isZero() ? "" : " and for " + values.retryFor) + ", no-progress time-out "
                + values.noProgressTimeout + ", checksums " + values.checksums
                + (values.verifyFirst == 0 ? "" : ", verified first up to " + values.verifyFirst + " bytes") + "]";
    }
}
