package io.pipeflux.s3;

import io.pipeflux.core.internal.ChannelThread;
import io.pipeflux.s3.Upload.SentPart;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;

/** Sends the requests of uploads, retries failures that may be transient, and checks the responses. */
final class WriteCalls {

    /** The number of progress checks of a request within the no-progress time-out. */
    private static final int LOOKS = 4;

    private final S3AsyncClient client;
    private final S3WriteOptions options;
    private final WriteRequests requests;
    private final ClientThreads threads;

    WriteCalls(S3AsyncClient client, S3WriteOptions options) {
        this.client = client;
        this.options = options;
        this.threads = ClientThreads.of(client);
        this.requests = new WriteRequests(options, threads.retries());
    }

    S3WriteOptions options() {
        return options;
    }

    /** Returns the memory for parts. All uploads of the client share this memory. */
    PartBlocks memory() {
        return threads.blocks();
    }

    /**
     * Returns a scheduler on which sources and subscribers are called, because the client's threads must not call them.
     */
    static Scheduler scheduler(ChannelThread thread) {
        return Schedulers.fromExecutor(thread);
    }

    private <T> Mono<T> call(Supplier<CompletableFuture<T>> request) {
        return threads.call(request).retryWhen(CredentialsRetry.ofWrites(threads, options.retries(), error -> false));
    }

    /** Retries a request that sends bytes, if its failure may be transient or if the store received altered bytes. */
    private <T> Mono<T> again(Mono<T> request) {
        return request.retryWhen(CredentialsRetry.ofWrites(threads, options.retries(), WriteFailures::isOtherBytes));
    }

    /** Returns whether the object may be sent without checksums if the store does not support them. */
    private boolean mayGoWithout() {
        return options.checksums() == Checksums.WHEN_AVAILABLE || options.checksums() == Checksums.ALL;
    }

    // == beginning ==

    /**
     * An upload that has begun.
     *
     * @param summed whether its parts are sent with checksums. Becomes false as soon as the store has refused a part
     *     with a checksum, and has accepted the same part without a checksum
     */
    record Begun(String id, AtomicBoolean summed) {}

    /**
     * Begins an upload. If the store refuses checksums and the options do not require them, the upload has no
     * checksums.
     */
    Mono<Begun> create(S3Uri object, String mark) {
        boolean summed = options.checksums() != Checksums.OFF;
        return create(object, mark, summed)
                .onErrorResume(
                        e -> mayGoWithout() && S3Failures.refusesChecksums(S3Failures.unwrap(e)),
                        e -> create(object, mark, false))
                .onErrorMap(e -> WriteFailures.of(client, object, "begin an upload", e));
    }

    private Mono<Begun> create(S3Uri object, String mark, boolean summed) {
        return call(() -> client.createMultipartUpload(requests.create(object, mark, summed)))
                .map(answer -> {
                    if (answer.uploadId() == null || answer.uploadId().isEmpty()) {
                        throw WriteFailures.answer(object, "an upload id", answer.uploadId());
                    }
                    return new Begun(answer.uploadId(), new AtomicBoolean(summed));
                });
    }

    // == parts ==

    Mono<SentPart> part(S3Uri object, Begun upload, PartBytes part) {
        String sum = SumKind.text(part.sum());
        return part(object, upload, part, upload.summed().get() ? sum : null)
                .onErrorResume(
                        e -> mayGoWithout() && WriteFailures.isWithoutSums(e),
                        e -> part(object, upload, part, null)
                                .doOnNext(sent -> upload.summed().set(false)))
                .onErrorMap(e -> WriteFailures.of(client, object, "store part " + part.number(), e));
    }

    private Mono<SentPart> part(S3Uri object, Begun upload, PartBytes part, @Nullable String sum) {
        return again(watched(
                        part,
                        body -> threads.call(
                                () -> client.uploadPart(requests.part(object, upload.id(), part.number(), sum), body)))
                .flatMap(answer -> confirmed(object, part, sum, answer.checksumCRC32C(), answer.eTag())));
    }

    /** Sends an object that consists of a single part, without a multipart upload. */
    Mono<SentPart> put(S3Uri object, PartBytes part) {
        String sum = SumKind.text(part.sum());
        return put(object, part, options.checksums() == Checksums.OFF ? null : sum)
                .onErrorResume(e -> mayGoWithout() && WriteFailures.isWithoutSums(e), e -> put(object, part, null))
                .onErrorMap(e -> WriteFailures.of(client, object, "store the object", e));
    }

    private Mono<SentPart> put(S3Uri object, PartBytes part, @Nullable String sum) {
        return again(watched(part, body -> threads.call(() -> client.putObject(requests.put(object, sum), body)))
                .flatMap(answer -> confirmed(object, part, sum, answer.checksumCRC32C(), answer.eTag())));
    }

    /** Sends a body once. */
    private interface Send<T> {
        Mono<T> with(PartBody body);
    }

    /** Sends a part. Fails if the client takes no byte for too long and no response arrives. */
    private <T> Mono<T> watched(PartBytes part, Send<T> request) {
        return Mono.defer(() -> {
            PartBody body = new PartBody(part);
            // seen[0]: the number of bytes taken until the previous check. seen[1]: the number of checks since seen[0]
            // changed
            long[] seen = {0, 0};
            long nanos = options.noProgressTimeout().toNanos();
            Mono<T> stalled = threads.delay(Math.max(1, nanos / LOOKS))
                    .repeat()
                    .<T>handle((tick, sink) -> {
                        long taken = body.taken();
                        seen[1] = taken == seen[0] ? seen[1] + 1 : 0;
                        seen[0] = taken;
                        if (seen[1] == LOOKS) {
                            sink.error(new TimeoutException("the client took no byte, and no response arrived, for "
                                    + options.noProgressTimeout().toMillis() + " ms"));
                        }
                    })
                    .next();
            return Mono.firstWithSignal(request.with(body), stalled);
        });
    }

    private Mono<SentPart> confirmed(
            S3Uri object, PartBytes part, @Nullable String sum, @Nullable String found, @Nullable String etag) {
        if (etag == null) {
            return Mono.error(WriteFailures.answer(object, "an ETag", null));
        }
        if (found != null && sum != null && !found.equals(sum)) { // another try may succeed
            return Mono.error(new IOException("the store received different bytes: expected the CRC32C " + sum
                    + " of part " + part.number() + ", but got " + found));
        }
        if (found == null && options.checksums() == Checksums.REQUIRE) {
            return Mono.error(WriteFailures.unconfirmed(object));
        }
        return Mono.just(new SentPart(part.number(), part.length(), etag, sum));
    }

    // == commit and abort ==

    Mono<WrittenObject> commit(Upload upload) {
        return call(() -> client.completeMultipartUpload(requests.complete(upload)))
                .map(answer -> committed(upload, answer))
                .onErrorResume(WriteFailures::isNoSuchUpload, e -> committedBefore(upload, e))
                .onErrorMap(e -> WriteFailures.of(client, upload.object(), "commit the upload", e));
    }

    private static WrittenObject committed(Upload upload, CompleteMultipartUploadResponse answer) {
        String found = answer.checksumCRC32C();
        // a checksum with a hyphen is a composite one, computed from the checksums of the parts
        boolean ofObject = found != null && found.indexOf('-') < 0;
        if (ofObject && upload.sum() != null && !upload.sum().equals(found)) {
            throw WriteFailures.answer(upload.object(), "the CRC32C " + upload.sum() + " of the object", found);
        }
        if (answer.eTag() == null) {
            throw WriteFailures.answer(upload.object(), "an ETag", null);
        }
        return new WrittenObject(upload.uri(), upload.size(), answer.eTag());
    }

    /** Checks whether the object exists, because the response to an earlier commit may have been lost. */
    private Mono<WrittenObject> committedBefore(Upload upload, Throwable gone) {
        return call(() -> client.headObject(requests.head(upload.object())))
                .onErrorMap(
                        e -> S3Failures.status(S3Failures.unwrap(e)) == 404,
                        e -> WriteFailures.notCommitted(upload, S3Failures.unwrap(gone)))
                .map(head -> committedBefore(upload, head, gone));
    }

    private static WrittenObject committedBefore(Upload upload, HeadObjectResponse head, Throwable gone) {
        if (!upload.mark().equals(head.metadata().get(WriteRequests.MARK))) {
            throw WriteFailures.replaced(upload, S3Failures.unwrap(gone));
        }
        if (head.contentLength() == null || head.contentLength() != upload.size()) {
            throw WriteFailures.answer(upload.object(), upload.size() + " bytes", String.valueOf(head.contentLength()));
        }
        if (head.eTag() == null) {
            throw WriteFailures.answer(upload.object(), "an ETag", null);
        }
        return new WrittenObject(upload.uri(), upload.size(), head.eTag());
    }

    /** Aborts an upload. Emits whether the upload existed. */
    Mono<Boolean> abort(S3Uri object, String id) {
        return call(() -> client.abortMultipartUpload(requests.abort(object, id)))
                .map(answer -> true)
                .onErrorResume(WriteFailures::isNoSuchUpload, e -> Mono.just(false))
                .onErrorMap(e -> WriteFailures.of(client, object, "abort an upload", e));
    }

    /** Fails if a folder contains an object. */
    Mono<Void> requireEmpty(S3Uri folder) {
        return requireFirst(folder, key -> false);
    }

    /** Fails if the first object of a folder has a key that does not begin with the prefix. */
    Mono<Void> requireOnly(S3Uri folder, String prefix) {
        return requireFirst(folder, key -> key.startsWith(prefix));
    }

    private Mono<Void> requireFirst(S3Uri folder, Predicate<String> allowed) {
        return firstKey(folder)
                .doOnNext(key -> {
                    if (!allowed.test(key)) {
                        throw WriteFailures.notEmpty(folder, key);
                    }
                })
                .then();
    }

    /** Lists the objects of a folder in the order in which the store lists them. The folder may be empty. */
    Flux<String> list(S3Uri folder) {
        return Listing.of(client, folder, S3ReadOptions.defaults()).map(S3ObjectRef::name);
    }

    /** Fails if the object exists. */
    Mono<Void> requireAbsent(S3Uri object) {
        return ListingCheck.isDirectoryBucket(object) ? requireMissing(object) : requireUnlisted(object);
    }

    /**
     * Fails if the object exists. Used only for directory buckets. They cannot list a prefix that does not end in a
     * slash, so a HEAD is sent instead.
     */
    private Mono<Void> requireMissing(S3Uri object) {
        return call(() -> client.headObject(requests.head(object)))
                .<Void>handle((head, sink) -> sink.error(WriteFailures.exists(object)))
                .onErrorResume(e -> S3Failures.status(S3Failures.unwrap(e)) == 404, e -> Mono.empty())
                .onErrorMap(e -> WriteFailures.of(client, object, "state whether it has the object", e));
    }

    /** Fails if a listing contains the object. A listing needs no permission to read the object. */
    private Mono<Void> requireUnlisted(S3Uri object) {
        // if the object exists, its key is the first one, because longer keys with the same beginning follow it
        return firstKey(object)
                .doOnNext(key -> {
                    if (key.equals(object.prefix())) {
                        throw WriteFailures.exists(object);
                    }
                })
                .then();
    }

    private Mono<String> firstKey(S3Uri prefix) {
        return call(() -> client.listObjectsV2(requests.first(prefix)))
                .onErrorMap(e -> ReadFailures.listing(client, prefix, e))
                .mapNotNull(page -> {
                    if (!page.contents().isEmpty()) {
                        return page.contents().get(0).key();
                    }
                    if (!Boolean.FALSE.equals(page.isTruncated())) {
                        throw WriteFailures.answer(prefix, "an empty listing that is not truncated", "no key");
                    }
                    return null;
                });
    }

    /** Lists uploads, one page at a time. */
    Mono<ListMultipartUploadsResponse> list(S3Uri prefix, @Nullable String afterKey, @Nullable String afterId) {
        return call(() -> client.listMultipartUploads(requests.list(prefix, afterKey, afterId)))
                .onErrorMap(e -> WriteFailures.of(client, prefix, "list the uploads", e));
    }
}
