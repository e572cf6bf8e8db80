package io.pipeflux.s3;

import io.pipeflux.core.internal.ChannelThread;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Writes objects from streams of bytes in bounded memory. The length of a stream need not be known. An object becomes
 * visible as a whole or not at all.
 *
 * <pre>{@code
 *   bytes --prepare--> Upload --commit--> object
 *            |           +------abort---> nothing remains
 *            +--error, cancel-----------> nothing remains
 * }</pre>
 *
 * <p><b>Demand.</b> Before the result is subscribed to, nothing is requested from the source, and nothing is sent.
 * Chunks are requested one at a time, and only while there is room for their bytes: at most {@link
 * S3WriteOptions#partsInFlight} parts are being sent while the next part is being filled. A chunk is copied
 * immediately, so the source may reuse it after {@code onNext} has returned.
 *
 * <p><b>Checksums.</b> Each part is sent with its CRC32C, and the object with the CRC32C of all its bytes. So the store
 * rejects bytes that were altered on the way, and readers can verify the object ({@link S3ReadOptions#checksums}).
 *
 * <p><b>Errors.</b> A request whose failure may be transient is sent again, see {@link S3WriteOptions#retries}. An
 * error of the source is passed on unchanged. All other errors are {@link io.pipeflux.core.ObjectWriteException}s.
 * After an error or a cancel, the upload is aborted. If the abort fails, too, or if the process is killed, the store
 * keeps the parts, and charges for them, until {@link #abortOlderThan} or a lifecycle rule of the bucket
 * (AbortIncompleteMultipartUpload) removes them.
 *
 * <p><b>Threads.</b> Results are emitted, and the source is requested, either on the subscribing thread or on a daemon
 * thread. Each object has its own daemon thread, named {@code pipeflux-write} followed by the object's URI. The source
 * and the subscriber may block this thread.
 *
 * <p>Instances are immutable and thread-safe.
 */
public final class S3Writer {

    private final WriteCalls calls;

    private S3Writer(WriteCalls calls) {
        this.calls = calls;
    }

    /** Returns a writer with {@link S3WriteOptions#defaults()}. */
    public static S3Writer of(S3AsyncClient client) {
        return of(client, S3WriteOptions.defaults());
    }

    /**
     * Returns a writer. This method sends nothing to the store.
     *
     * @param client writes the objects. The caller closes the client after the last use
     */
    public static S3Writer of(S3AsyncClient client, S3WriteOptions options) {
        return new S3Writer(
                new WriteCalls(Objects.requireNonNull(client, "client"), Objects.requireNonNull(options, "options")));
    }

    /**
     * Writes an object, or replaces it. This combines {@link #prepare} and {@link #commit}, but an object that is
     * shorter than one part is sent in a single request. If the commit is cancelled, the object may or may not exist.
     *
     * @param uri {@code s3://bucket/key} of the object, not percent-encoded
     * @throws IllegalArgumentException if {@code uri} does not have the form given above, or does not name a key
     */
    public Mono<WrittenObject> write(String uri, Publisher<ByteBuffer> bytes) {
        return write(uri, bytes, settled -> {});
    }

    /** @param settled receives a Mono when the upload begins. The Mono completes when the upload is done or aborted */
    Mono<WrittenObject> write(String uri, Publisher<ByteBuffer> bytes, Consumer<Mono<Void>> settled) {
        return upload(uri, bytes, settled, ObjectUpload::written);
    }

    /**
     * Sends the bytes of an object to the store. The object is not visible before {@link #commit}. The upload can be
     * serialized, and committed by a different process.
     *
     * @param uri {@code s3://bucket/key} of the object, not percent-encoded
     * @throws IllegalArgumentException if {@code uri} does not have the form given above, or does not name a key
     */
    public Mono<Upload> prepare(String uri, Publisher<ByteBuffer> bytes) {
        return prepare(uri, bytes, settled -> {});
    }

    /** @param settled receives a Mono when the upload begins. The Mono completes when the upload is done or aborted */
    Mono<Upload> prepare(String uri, Publisher<ByteBuffer> bytes, Consumer<Mono<Void>> settled) {
        return upload(uri, bytes, settled, ObjectUpload::prepared);
    }

    private <T> Mono<T> upload(
            String uri,
            Publisher<ByteBuffer> bytes,
            Consumer<Mono<Void>> settled,
            BiFunction<ObjectUpload, Publisher<ByteBuffer>, Mono<T>> sending) {
        S3Uri object = object(uri);
        Objects.requireNonNull(bytes, "bytes");
        return Mono.defer(() -> {
            ObjectUpload upload = new ObjectUpload(calls, object);
            Mono<T> sent = sending.apply(upload, bytes);
            settled.accept(upload.settled());
            return sent;
        });
    }

    /**
     * Completes an upload, which makes its object visible atomically. An existing object is replaced. This method is
     * idempotent: if the upload was already committed, this method succeeds, unless the object has been replaced since.
     * So if the outcome of a commit is unknown, commit again. The second commit has to recognise the object, so it
     * needs the permission to read the object ({@code s3:GetObject}).
     *
     * <p>The result fails with {@link io.pipeflux.core.ObjectWriteException} if the upload was aborted, or if it is
     * impossible to find out whether the upload was committed.
     */
    public Mono<WrittenObject> commit(Upload upload) {
        Objects.requireNonNull(upload, "upload");
        return emitted(upload.object(), calls.commit(upload));
    }

    /**
     * Removes an upload from the store. This method is idempotent. After a commit it has no effect, and the object
     * remains.
     */
    public Mono<Void> abort(Upload upload) {
        Objects.requireNonNull(upload, "upload");
        return emitted(
                upload.object(), calls.abort(upload.object(), upload.id()).then());
    }

    /**
     * Removes uploads that are neither committed nor aborted, such as those of processes that were killed. This
     * includes uploads of other programs. The uploads are listed page by page, which needs the permission to list them
     * ({@code s3:ListBucketMultipartUploads}).
     *
     * @param prefix {@code s3://bucket/prefix} of the objects, not percent-encoded. The prefix is a string, not a
     *     folder
     * @param age the minimum age of the uploads to remove, by the store's clock. It must be longer than the longest
     *     upload, from its beginning to its commit, because uploads in progress cannot be distinguished from abandoned
     *     ones
     * @return the number of uploads that were removed
     * @throws IllegalArgumentException if {@code prefix} does not have the form given above, or if the age is negative
     */
    public Mono<Long> abortOlderThan(String prefix, Duration age) {
        S3Uri uri = S3Uri.parse(prefix);
        if (age.isNegative()) {
            throw new IllegalArgumentException("expected an age >= 0, but got " + age);
        }
        return emitted(uri, Mono.defer(() -> new StaleUploads(calls, uri, age).abort()));
    }

    /** Fails if a folder contains an object. */
    Mono<Void> requireEmpty(S3Uri folder) {
        return calls.requireEmpty(folder);
    }

    /** Fails if the first object of a folder has a name that does not begin with {@code part}. */
    Mono<Void> requireOnly(S3Uri folder, String part) {
        return calls.requireOnly(folder, folder.prefix() + part);
    }

    /** Lists the objects of a folder. */
    Flux<String> list(S3Uri folder) {
        return calls.list(folder);
    }

    /** Fails if the object exists. */
    Mono<Void> requireAbsent(S3Uri object) {
        return calls.requireAbsent(object);
    }

    private static <T> Mono<T> emitted(S3Uri uri, Mono<T> result) {
        return result.publishOn(WriteCalls.scheduler(new ChannelThread("write " + uri)));
    }

    private static S3Uri object(String uri) {
        S3Uri object = S3Uri.parse(uri);
        if (object.prefix().isEmpty()) {
            throw new IllegalArgumentException(
                    "expected s3://bucket/key of an object, but got no key in '" + uri + "'");
        }
        return object;
    }
}
