package io.pipeflux.s3;

import io.pipeflux.core.internal.OptionValues;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/**
 * Options for reading objects. Immutable: each setter returns new options.
 *
 * <p>Memory: a subscription to a channel holds at most {@link #windowBytes} of objects, however slow its subscriber is.
 * Emitted chunks do not count, because they belong to the subscriber. The client needs memory for its own buffers, too.
 */
public final class S3ReadOptions {

    private static final int MIB = 1 << 20;
    private static final S3ReadOptions DEFAULTS = new S3ReadOptions(new Values());

    private static final class Values extends OptionValues {

        private int partSize = 8 * MIB;
        private int windowBytes = 64 * MIB;
        private int getsInFlight = 16;
        private int retries = 10;
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
     * Returns the default options: parts of 8 MiB, a window of 64 MiB, 16 GETs in flight, 10 retries, a no-progress
     * time-out of 15 seconds, checksums when available, and no additions to requests.
     */
    public static S3ReadOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets the maximum number of bytes that one GET fetches. A smaller object is a single part. No part is larger than
     * the window. While many GETs are in flight, the parts of larger objects are smaller, but not smaller than 1 MiB,
     * so that the window has room for all of them.
     *
     * @param bytes at least 1. Defaults to 8 MiB
     */
    public S3ReadOptions partSize(int bytes) {
        OptionChecks.atLeast(1, bytes, "part size", " byte");
        return with(to -> to.partSize = bytes);
    }

    /**
     * Sets the maximum number of bytes that one subscription holds ahead of its subscriber, including those that are
     * requested but have not arrived. The window opens with two parts, and grows only while the subscriber waits for
     * bytes. Each subscription has a window of its own, so channels never wait for each other.
     *
     * @param bytes at least 1. Defaults to 64 MiB
     */
    public S3ReadOptions windowBytes(int bytes) {
        OptionChecks.atLeast(1, bytes, "window", " byte");
        requireHalf(values.verifyFirst, bytes);
        return with(to -> to.windowBytes = bytes);
    }

    /**
     * Sets the maximum number of GETs that one subscription has in progress at a time. The client must allow enough
     * connections for all its channels together (the SDK's Netty client allows 50).
     *
     * @param count at least 1. Defaults to 16
     */
    public S3ReadOptions getsInFlight(int count) {
        OptionChecks.atLeast(1, count, "GETs in flight", "");
        return with(to -> to.getsInFlight = count);
    }

    /**
     * Sets how often a part is requested again if no byte arrives. The next try continues after the bytes that have
     * arrived, which count in proportion: each 64th of the part (or 1 MiB, if that is less) compensates for one try.
     * So a try that receives a 64th or more does not count, and one that receives a byte counts almost fully. Before
     * each try, there is a random wait of at most 0.1, 0.2, 0.4, ... seconds, and never more than 5 seconds. It grows
     * until the part is complete. With 10 retries, a store may refuse all requests for 13 seconds on average.
     *
     * <p>These are the only retries: the SDK's own are switched off for the GETs of objects, whatever the client's
     * settings are. Listings and HEADs are retried as the client is set up.
     *
     * <p>If the store refuses the credentials, the next try gets them from the client's provider again. A part is
     * requested again at most 5 times in a row for this reason, even if this number is larger, because wrong
     * credentials remain wrong. Pages of the listing after the first one, and the sizes of a manifest's objects, are
     * also requested again at most 5 times for this reason.
     *
     * @param count 0 for no retries. Defaults to 10
     */
    public S3ReadOptions retries(int count) {
        OptionChecks.atLeast(0, count, "retries", "");
        return with(to -> to.retries = count);
    }

    /**
     * Sets how long a GET may receive no byte, or less than a 1024th of its part (or 64 KiB, if that is less), before
     * it is aborted and retried. Bytes are received from the client as fast as they arrive, so a slow subscriber does
     * not delay a GET.
     *
     * @param timeout greater than 0. Defaults to 15 seconds
     */
    public S3ReadOptions noProgressTimeout(Duration timeout) {
        OptionChecks.noProgressTimeout(timeout);
        return with(to -> to.noProgressTimeout = timeout);
    }

    /**
     * Sets a callback that adds settings to every GET, such as requester-pays, the key of SSE-C or a version. Defaults
     * to none. It is called for each request, by several threads at the same time, and must not block.
     *
     * <p>The request has its bucket and key already, which {@code request.build()} shows, so that settings can differ
     * between objects. They cannot be changed: bucket, key, range and If-Match are set after the call. The callback is
     * also called for HEADs, and for listings, which have no key. A request payer or an expected bucket owner is used
     * for both, and a version and the settings of SSE-C for HEADs. The version of a listed object must have the size
     * and ETag of the listing, so choose versions for the objects of a manifest, whose sizes are those of the HEADs.
     */
    public S3ReadOptions onRequest(Consumer<GetObjectRequest.Builder> onRequest) {
        Objects.requireNonNull(onRequest, "onRequest");
        return with(to -> to.onRequest = onRequest);
    }

    /**
     * Sets whether the bytes of objects are compared with the checksums that S3 stores. Defaults to
     * {@link Checksums#WHEN_AVAILABLE}.
     *
     * <p>An object of one {@linkplain #partSize part} is verified before its first byte is emitted, and costs no
     * further request. If its bytes are altered, it is fetched again, see {@link #retries}. A larger object costs one
     * HEAD, which is sent together with the first GET, and is verified when its last byte was emitted. If its bytes are
     * altered, its read fails with {@link io.pipeflux.core.ObjectReadException} after them: no record of the object,
     * and no resume point inside it, can be trusted, except those that the error names. To have larger objects verified
     * before their first byte, see {@link #verifyFirst}. No HEAD is sent if the listing states that the object has no
     * checksum of a kind that is computed.
     *
     * <p>A composite checksum, which is the sum of the checksums of uploaded parts, is compared if these parts have
     * whole MiB, which nearly all programs upload. If it differs, the sizes of the parts are requested, by at most one
     * HEAD for each. If their sizes are unusual or the store does not state them, the object is not verified.
     *
     * <p>Not verified are objects that are read from an offset, as at a resume point, and objects without a checksum.
     * {@link io.pipeflux.core.PipelineMonitor#verifiedBytes} counts the bytes that were verified.
     */
    public S3ReadOptions checksums(Checksums checksums) {
        Objects.requireNonNull(checksums, "checksums");
        return with(to -> to.checksums = checksums);
    }

    /**
     * Sets up to which size an object is verified before its first byte is emitted, even if it is larger than a
     * {@linkplain #partSize part}. Such an object is fetched by a single GET, and again if its bytes are altered. It
     * occupies its whole size of the window until it is verified.
     *
     * @param bytes at most half of the {@linkplain #windowBytes window}. Defaults to 0: objects of one part
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

    /** Returns the size of a part as it was set, which may be that of uploads, even if GETs of it have no room. */
    int statedPartSize() {
        return values.partSize;
    }

    int partSize() {
        return Math.min(values.partSize, values.windowBytes);
    }

    /**
     * Returns the size of the first part of an object whose size is unknown. It is so small that, if all GETs in flight
     * fetch such parts, half of the window remains free.
     */
    int firstPartSize() {
        return Math.min(partSize(), Math.max(64 << 10, values.windowBytes / (2 * values.getsInFlight)));
    }

    int windowBytes() {
        return values.windowBytes;
    }

    /**
     * Returns the length of the part of an object that begins at an offset.
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

    Duration noProgressTimeout() {
        return values.noProgressTimeout;
    }

    Checksums checksums() {
        return values.checksums;
    }

    int pageSize() {
        return values.pageSize;
    }

    /** @param key null for a listing */
    GetObjectRequest.Builder newRequest(String bucket, @Nullable String key) {
        GetObjectRequest.Builder request =
                GetObjectRequest.builder().bucket(bucket).key(key);
        values.onRequest.accept(request);
        return request.bucket(bucket).key(key);
    }

    @Override
    public String toString() {
        return "S3ReadOptions[part size " + values.partSize + " bytes, window " + values.windowBytes + " bytes, "
                + values.getsInFlight + " GETs in flight, " + values.retries + " retries, no-progress time-out "
                + values.noProgressTimeout + ", checksums " + values.checksums
                + (values.verifyFirst == 0 ? "" : ", verified first up to " + values.verifyFirst + " bytes") + "]";
    }
}
