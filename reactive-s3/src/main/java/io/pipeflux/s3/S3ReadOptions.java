package io.pipeflux.s3;

import java.util.Objects;
import java.util.function.Consumer;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/** How objects are read. Immutable: each setter returns new options. */
public final class S3ReadOptions {

    private static final S3ReadOptions DEFAULTS = new S3ReadOptions(4 << 20, request -> {}, 1000);

    private final int partSize;
    private final Consumer<GetObjectRequest.Builder> onRequest;
    private final int pageSize;

    private S3ReadOptions(int partSize, Consumer<GetObjectRequest.Builder> onRequest, int pageSize) {
        this.partSize = partSize;
        this.onRequest = onRequest;
        this.pageSize = pageSize;
    }

    /** Parts of 4 MiB, plain requests. */
    public static S3ReadOptions defaults() {
        return DEFAULTS;
    }

    /**
     * The bytes fetched by one GET, at least 1. Defaults to 4 MiB. Each object being read holds up to two parts in
     * memory: the one that is handed on and the one that is fetched meanwhile.
     */
    public S3ReadOptions partSize(int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("part size >= 1 byte required but it was " + bytes);
        }
        return new S3ReadOptions(bytes, onRequest, pageSize);
    }

    /**
     * Adds to every GET what the store asks for, such as requester-pays or the key of SSE-C. Defaults to nothing. Is
     * called once per GET, possibly by several threads, and must not block; bucket, key, range and If-Match are set
     * after it. A request payer or expected bucket owner set here goes into the listing, too.
     */
    public S3ReadOptions onRequest(Consumer<GetObjectRequest.Builder> onRequest) {
        return new S3ReadOptions(partSize, Objects.requireNonNull(onRequest, "onRequest"), pageSize);
    }

    /** The most keys of one page of the listing. */
    S3ReadOptions pageSize(int keys) {
        return new S3ReadOptions(partSize, onRequest, keys);
    }

    int partSize() {
        return partSize;
    }

    int pageSize() {
        return pageSize;
    }

    GetObjectRequest.Builder newRequest() {
        GetObjectRequest.Builder request = GetObjectRequest.builder();
        onRequest.accept(request);
        return request;
    }

    @Override
    public String toString() {
        return "S3ReadOptions[part size " + partSize + " bytes]";
    }
}
