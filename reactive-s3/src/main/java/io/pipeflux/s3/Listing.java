package io.pipeflux.s3;

import io.pipeflux.core.EpochSize;
import io.pipeflux.core.Pass;
import io.pipeflux.core.channel.ChannelOrder;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.Guarded;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;

/**
 * Lists the objects of a prefix once, page by page. The next page is requested when all keys of the previous page have
 * been emitted and another key is requested. A page that cannot be correct is rejected as a whole, see {@link
 * ListingCheck}. Empty objects whose keys end in {@code /} are skipped, because they contain no data: consoles create
 * them to represent folders.
 *
 * <p>If the objects are read in the order of the listing, this class reports the size of the epoch: each page raises
 * the minimum size, and the last page makes the size exact. For other orders, the {@link ChannelOrder} reports the
 * size.
 */
final class Listing {

    private final S3AsyncClient client;
    private final S3Uri uri;
    private final S3ReadOptions options;
    private final ListingCheck check;
    private final List<SumKind> usable;
    private final ChannelOrder order;
    private final @Nullable EpochSize size;
    private long listed;
    private long objects;
    private long bytes;

    private Listing(
            S3AsyncClient client, S3Uri uri, S3ReadOptions options, ChannelOrder order, @Nullable EpochSize size) {
        this.client = client;
        this.uri = uri;
        this.options = options;
        this.check = new ListingCheck(uri);
        this.usable = SumKind.of(options.checksums());
        this.order = order;
        this.size = size;
    }

    static Flux<S3ObjectRef> of(S3AsyncClient client, S3Uri uri, S3ReadOptions options) {
        return of(client, uri, options, ChannelOrder.listed());
    }

    /** @param order the order in which the objects are read */
    static Flux<S3ObjectRef> of(S3AsyncClient client, S3Uri uri, S3ReadOptions options, ChannelOrder order) {
        return Guarded.deferContextual(context -> {
            // false for a directory bucket, because its listing is sorted first
            boolean asListed = !order.isShuffled() && !ListingCheck.isDirectoryBucket(uri);
            boolean isRest = CoreAccess.get().rest(Pass.current(context)) != null;
            EpochSize size = asListed && !isRest ? context.getOrDefault(EpochSize.class, null) : null;
            return new Listing(client, uri, options, order, size).objects();
        });
    }

    private Flux<S3ObjectRef> objects() {
        Flux<Flux<S3ObjectRef>> pages = Flux.generate(this::turnPage);
        return Guarded.concatMap(pages, page -> page) // the next page is requested after this page has ended
                .onErrorMap(e -> ReadFailures.listing(client, uri, e));
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
        boolean isFirst = !check.isBegun();
        // refused credentials are not retried for the first page, because they are probably wrong
        return page.doOnNext(answer -> threads.outages().answered(client))
                .retryWhen(CredentialsRetry.where(client, options, e -> !isFirst && S3Failures.refusesCredentials(e)));
    }

    private ListObjectsV2Request request() {
        GetObjectRequest pattern = options.newRequest(uri.bucket(), null).build();
        return ListObjectsV2Request.builder()
                .bucket(uri.bucket())
                .prefix(uri.prefix())
                .maxKeys(options.pageSize())
                .encodingType(EncodingType.URL) // XML cannot represent every character of a key
                .requestPayer(pattern.requestPayer())
                .expectedBucketOwner(pattern.expectedBucketOwner())
                .continuationToken(check.token())
                .startAfter(check.startAfter())
                .overrideConfiguration(PageLimit.of(uri, check.nextPage(), options))
                .build();
    }

    private Iterable<S3ObjectRef> read(ListObjectsV2Response page) {
        check.take(page);
        List<S3ObjectRef> found = page.contents().stream()
                .filter(o -> o.size() > 0 || !o.key().endsWith("/"))
                .map(o -> new S3ObjectRef(uri.bucket(), o.key(), o.size(), o.eTag())
                        .with(StatedChecksum.listed(o.checksumAlgorithmAsStrings(), usable))
                        .modified(o.lastModified()))
                .toList();
        if (size != null) {
            report(found, size);
        }
        return found;
    }

    private void report(List<S3ObjectRef> page, EpochSize to) {
        for (S3ObjectRef object : page) {
            if (order.keeps(listed++)) {
                objects++;
                bytes += object.size();
            }
        }
        to.atLeast(bytes, objects);
        if (check.isEnded()) {
            to.allBytes(bytes);
            to.allObjects(objects);
        }
    }
}
