package io.pipeflux.s3;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.ResumePoint;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * Requests the size and ETag of objects that a manifest names. This information is needed for RecordIO headers, for
 * ranged reads, and to detect changes. A listing already contains it.
 */
final class ObjectHeads {

    private static final int AHEAD = 16;

    private final S3AsyncClient client;
    private final S3ReadOptions options;

    ObjectHeads(S3AsyncClient client, S3ReadOptions options) {
        this.client = client;
        this.options = options;
    }

    /**
     * Returns the items in order, with their sizes and ETags. Items before the pass's start point are not looked up,
     * because they are not read. At most 16 HEADs are in progress simultaneously: one for the next item, and 15 in
     * advance.
     */
    Flux<ChannelItem> resolve(Flux<ChannelItem> items) {
        return Flux.deferContextual(context -> {
            ResumePoint start = Pass.current(context).start();
            long first = start == null ? 0 : start.position().objectOrdinal();
            return OnDemand.defer(() -> inOrder(items, first)); // without defer(), subscribing would send 16 HEADs
        });
    }

    /**
     * Looks up the sizes and ETags of items, in order. An error is passed on as an element, because it would otherwise
     * overtake the items before it.
     */
    private Flux<ChannelItem> inOrder(Flux<ChannelItem> items, long first) {
        return items.index((ordinal, item) -> ordinal < first ? Mono.just(item) : resolve(item))
                .onErrorResume(e -> Mono.just(Mono.error(e)))
                .flatMapSequential(Mono::materialize, AHEAD, 1)
                .dematerialize();
    }

    private Mono<ChannelItem> resolve(ChannelItem item) {
        return item instanceof S3ObjectRef object && object.size() == ObjectBytes.UNKNOWN_SIZE
                ? resolve(object).cast(ChannelItem.class)
                : Mono.just(item);
    }

    Mono<S3ObjectRef> resolve(S3ObjectRef object) {
        ClientThreads threads = ClientThreads.of(client);
        boolean asks = options.checksums() != Checksums.OFF;
        return threads.call(() -> client.headObject(request(object, asks).build()))
                .retryWhen(CredentialsRetry.where(client, options, S3Failures::mayRefuseCredentials))
                .map(head -> sized(object, head).with(asks ? stated(head) : null))
                .onErrorResume(
                        e -> asks && S3Failures.refusesChecksums(S3Failures.unwrap(e)),
                        refused -> threads.call(() ->
                                        client.headObject(request(object, false).build()))
                                .map(head -> sized(object, head).with(StatedChecksum.none(refusal(refused)))))
                .onErrorMap(e -> ReadFailures.head(client, object, e));
    }

    /** Returns the requests with which an object is verified while it is being read. */
    ObjectChecksum.Requests of(ObjectVersion version) {
        return new ObjectChecksum.Requests() {

            @Override
            public Mono<StatedChecksum> checksum() {
                return ObjectHeads.this.checksum(version);
            }

            @Override
            public Flux<UploadedPart> parts(SumKind kind, int count) {
                // the first part is requested alone: if the parts cannot be verified, the response usually shows this,
                // and the other parts need not be requested
                return part(version, kind, 1)
                        .concatWith(Flux.range(2, count - 1)
                                .flatMapSequential(number -> part(version, kind, number), AHEAD, 1));
            }
        };
    }

    /**
     * Requests the checksum of an object. If the store denies or does not support this request, the result is the
     * reason instead.
     */
    private Mono<StatedChecksum> checksum(ObjectVersion version) {
        return head(version, null)
                .map(this::stated)
                .onErrorResume(
                        e -> S3Failures.refusesHead(S3Failures.unwrap(e)),
                        refused -> Mono.just(StatedChecksum.none(refusal(refused))));
    }

    /**
     * Requests information about one uploaded part of an object. Emits {@link UploadedPart#UNKNOWN} if the store denies
     * or does not support this request.
     */
    private Mono<UploadedPart> part(ObjectVersion version, SumKind kind, int number) {
        return head(version, number)
                .map(head -> UploadedPart.of(head, kind))
                .onErrorResume(
                        e -> S3Failures.refusesHead(S3Failures.unwrap(e))
                                || S3Failures.isBeyondEnd(S3Failures.unwrap(e)),
                        refused -> Mono.just(UploadedPart.UNKNOWN));
    }

    /**
     * Requests the checksum of an object that is being read, or of one of its uploaded parts. This request has the same
     * number of retries as a GET for a part.
     */
    private Mono<HeadObjectResponse> head(ObjectVersion version, @Nullable Integer partNumber) {
        ClientThreads threads = ClientThreads.of(client);
        return threads.call(() -> client.headObject(threads.retries()
                        .off(request(version.ref(), true))
                        .ifMatch(version.ifMatch())
                        .partNumber(partNumber)
                        .build()))
                .timeout(
                        threads.delay(TimeUnit.NANOSECONDS.convert(options.noProgressTimeout())),
                        Mono.error(() -> new TimeoutException("no response arrived for "
                                + options.noProgressTimeout().toMillis() + " ms")))
                .retryWhen(CredentialsRetry.orPassing(client, options));
    }

    private StatedChecksum stated(HeadObjectResponse head) {
        return StatedChecksum.of(head, SumKind.of(options.checksums()));
    }

    private String refusal(Throwable error) {
        return S3Failures.refusal(false, ClientThreads.of(client).limits(), S3Failures.unwrap(error));
    }

    private static S3ObjectRef sized(S3ObjectRef object, HeadObjectResponse head) {
        Long size = head.contentLength();
        if (size == null || size < 0) {
            throw ReadFailures.unsized(object, size);
        }
        return object.known(size, head.eTag());
    }

    private HeadObjectRequest.Builder request(S3ObjectRef object, boolean asksForChecksum) {
        GetObjectRequest pattern =
                options.newRequest(object.bucket(), object.key()).build();
        return HeadObjectRequest.builder()
                .bucket(object.bucket())
                .key(object.key())
                .versionId(pattern.versionId())
                .requestPayer(pattern.requestPayer())
                .expectedBucketOwner(pattern.expectedBucketOwner())
                .sseCustomerAlgorithm(pattern.sseCustomerAlgorithm())
                .sseCustomerKey(pattern.sseCustomerKey())
                .sseCustomerKeyMD5(pattern.sseCustomerKeyMD5())
                .checksumMode(asksForChecksum ? ChecksumMode.ENABLED : null);
    }
}
