package io.pipeflux.s3;

import io.pipeflux.core.internal.Guarded;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;

/**
 * Lists the objects of a prefix once, page by page. A page is requested when the keys of the previous one are used up
 * and another key is requested. A page that cannot be correct is refused as a whole ({@link ListingCheck}). Empty
 * objects whose keys end in {@code /} are skipped: a console has created them as folders, and they hold no data.
 */
final class Listing {

    private final S3AsyncClient client;
    private final S3Uri uri;
    private final S3ReadOptions options;
    private final ListingCheck check;

    private Listing(S3AsyncClient client, S3Uri uri, S3ReadOptions options) {
        this.client = client;
        this.uri = uri;
        this.options = options;
        this.check = new ListingCheck(uri);
    }

    static Flux<S3ObjectRef> of(S3AsyncClient client, S3Uri uri, S3ReadOptions options) {
        return Guarded.defer(() -> new Listing(client, uri, options).objects());
    }

    private Flux<S3ObjectRef> objects() {
        Flux<Flux<S3ObjectRef>> pages = Flux.generate(this::turnPage);
        return Guarded.concatMap(pages, page -> page) // the next page is requested after this one has ended
                .onErrorMap(e -> S3Failures.listing(client, uri, e));
    }

    private void turnPage(SynchronousSink<Flux<S3ObjectRef>> sink) {
        if (check.isEnded()) {
            sink.complete();
        } else {
            sink.next(OnDemand.defer(() -> page().flatMapIterable(this::read)));
        }
    }

    private Mono<ListObjectsV2Response> page() {
        ClientThreads threads = ClientThreads.of(client);
        Mono<ListObjectsV2Response> page = threads.call(() -> client.listObjectsV2(request()));
        return !check.isBegun()
                ? page
                : page.retryWhen(CredentialsRetry.where(threads, S3Failures::refusesCredentials));
    }

    private ListObjectsV2Request request() {
        GetObjectRequest pattern = options.newRequest(uri.bucket(), null).build();
        return ListObjectsV2Request.builder()
                .bucket(uri.bucket())
                .prefix(uri.prefix())
                .maxKeys(options.pageSize())
                .encodingType(EncodingType.URL) // XML cannot carry every character that a key can
                .requestPayer(pattern.requestPayer())
                .expectedBucketOwner(pattern.expectedBucketOwner())
                .continuationToken(check.token())
                .startAfter(check.startAfter())
                .overrideConfiguration(PageLimit.of(uri, check.nextPage(), options))
                .build();
    }

    private Iterable<S3ObjectRef> read(ListObjectsV2Response page) {
        check.take(page);
        return page.contents().stream()
                .filter(o -> o.size() > 0 || !o.key().endsWith("/"))
                .map(o -> new S3ObjectRef(uri.bucket(), o.key(), o.size(), o.eTag()))
                .toList();
    }
}
