package io.pipeflux.s3;

import io.pipeflux.core.internal.OptionValues;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/**
 * How objects are read. Immutable: each setter returns new options.
 *
 * <p>Memory: a subscription to a channel holds at most {@link #windowBytes} of objects, however slow its subscriber; what
 * it has handed on is its subscriber's. The client's own buffers come on top.
 */
public final class S3ReadOptions {

    private static final int MIB = 1 << 20;
    private static final S3ReadOptions DEFAULTS = new S3ReadOptions(new Values());

    private static final class Values extends OptionValues {

        private int partSize = 8 * MIB;
        private int windowBytes = 64 * MIB;
        private int getsInFlight = 16;
        private int retries = 5;
        private Duration noProgressTimeout = Duration.ofSeconds(15);
        private Consumer<GetObjectRequest.Builder> onRequest = request -> {};
        private int pageSize = 1000;
    }

    private final Values values;

    private S3ReadOptions(Values values) {
        this.values = values;
    }

    private S3ReadOptions with(Consumer<Values> change) {
        return new S3ReadOptions(OptionValues.changed(values, change));
    }

    /** Parts of 8 MiB, a window of 64 MiB, 16 GETs in flight, 5 retries, 15 seconds without progress, plain requests. */
    public static S3ReadOptions defaults() {
        return DEFAULTS;
    }

    /**
     * The most bytes fetched by one GET, at least 1. Defaults to 8 MiB. Smaller objects are one part each. No part is
     * larger than the window.
     */
    public S3ReadOptions partSize(int bytes) {
        atLeast(1, bytes, "part size", " byte");
        return with(to -> to.partSize = bytes);
    }

    /**
     * The most bytes that one subscription holds ahead of its subscriber, at least 1: those that have arrived and those
     * that were asked for. Defaults to 64 MiB. The window opens with two parts and grows to this only while the
     * subscriber waits for bytes. Each subscription has a window of its own, so no two channels can wait for one another.
     */
    public S3ReadOptions windowBytes(int bytes) {
        atLeast(1, bytes, "window", " byte");
        return with(to -> to.windowBytes = bytes);
    }

    /**
     * The most GETs of one subscription at a time, at least 1. Defaults to 16. The client must allow as many connections
     * (the SDK's Netty client: 50), those of all its channels together.
     */
    public S3ReadOptions getsInFlight(int count) {
        atLeast(1, count, "GETs in flight", "");
        return with(to -> to.getsInFlight = count);
    }

    /**
     * How often in a row a part is asked for again without a single byte coming, 0 for never. Defaults to 5. A try that
     * brings bytes does not count: the next goes on behind them. Before each try there is a random wait of at most 0.1,
     * 0.2, 0.4, ... and never more than 5 seconds. The client's own retries, which end with the header, come on top.
     *
     * <p>Where the store refuses the credentials, the next try asks the client's provider for them again; but no part is
     * asked for more than 5 times again for that, however large this number is: a key that is wrong stays wrong. Pages of
     * the listing behind the first, and the sizes of a manifest's objects, are asked for again as often.
     */
    public S3ReadOptions retries(int count) {
        atLeast(0, count, "retries", "");
        return with(to -> to.retries = count);
    }

    /**
     * How long a GET may bring nothing before it is given up as one without progress; positive. Defaults to 15 seconds.
     * Bytes are taken from the client as fast as they come, so a slow subscriber never makes a GET wait.
     */
    public S3ReadOptions noProgressTimeout(Duration timeout) {
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("no-progress time-out > 0 required but it was " + timeout);
        }
        return with(to -> to.noProgressTimeout = timeout);
    }

    /**
     * Adds to every GET what the store asks for, such as requester-pays or the key of SSE-C. Defaults to nothing. Is
     * called once per GET, possibly by several threads, and must not block; bucket, key, range and If-Match are set
     * after it. A request payer or expected bucket owner set here goes into the listing, too.
     */
    public S3ReadOptions onRequest(Consumer<GetObjectRequest.Builder> onRequest) {
        Objects.requireNonNull(onRequest, "onRequest");
        return with(to -> to.onRequest = onRequest);
    }

    /** The most keys of one page of the listing. */
    S3ReadOptions pageSize(int keys) {
        return with(to -> to.pageSize = keys);
    }

    private static void atLeast(int least, int value, String what, String unit) {
        if (value < least) {
            throw new IllegalArgumentException(what + " >= " + least + unit + " required but it was " + value);
        }
    }

    int partSize() {
        return Math.min(values.partSize, values.windowBytes);
    }

    /**
     * The bytes first asked for of an object whose size nobody has told: so few that all GETs in flight may be such, and
     * half of the window is left.
     */
    int firstPartSize() {
        return Math.min(partSize(), Math.max(64 << 10, values.windowBytes / (2 * values.getsInFlight)));
    }

    int windowBytes() {
        return values.windowBytes;
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

    int pageSize() {
        return values.pageSize;
    }

    GetObjectRequest.Builder newRequest() {
        GetObjectRequest.Builder request = GetObjectRequest.builder();
        values.onRequest.accept(request);
        return request;
    }

    @Override
    public String toString() {
        return "S3ReadOptions[part size " + values.partSize + " bytes, window " + values.windowBytes + " bytes, "
                + values.getsInFlight + " GETs in flight, " + values.retries + " retries, no-progress time-out "
                + values.noProgressTimeout + "]";
    }
}
