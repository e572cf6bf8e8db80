package io.pipeflux.s3;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.channel.ChannelOrder;
import io.pipeflux.core.suite.HeldMemory;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SignalType;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Walks through a million keys of a simulated store, and says what they take in memory per key. */
final class MillionKeysMain {

    private static final int KEYS = 1_000_000;
    private static final String PREFIX = "train/";
    private static final HexFormat HEX = HexFormat.of();

    private MillionKeysMain() {}

    public static void main(String[] args) throws InterruptedException {
        if (args[0].equals("unread")) {
            unread();
            return;
        }
        ChannelOrder order = ChannelOrder.listed();
        if (args[0].equals("shuffled")) {
            order = order.shuffle(1);
        }
        long before = usedBytes();
        Walk walk = new Walk();
        Flux<S3ObjectRef> listed =
                Listing.of(new Store(), S3Uri.parse("s3://bucket/" + PREFIX), S3ReadOptions.defaults());
        order.apply(listed, new ObjectRefPacking("bucket/" + PREFIX)).subscribe(walk);
        walk.request(1);
        walk.begun.await();
        long perKey = (usedBytes() - before) / KEYS;
        walk.request(KEYS);
        walk.ended.await();
        System.out.println(walk.keys + " keys, sum of sizes " + walk.sizes + ", name of "
                + name(KEYS - 1).length() + " bytes, in memory per key: " + perKey + " bytes");
    }

    /** Counts the objects of a channel; nobody reads them. */
    private static void unread() throws InterruptedException {
        HeldMemory held = new HeldMemory();
        Flux<ObjectBytes> objects = S3Channels.prefix(new Store(), "s3://bucket/" + PREFIX)
                .objects()
                .doOnNext(object -> {
                    if (object.ordinal() == KEYS - 1) {
                        held.measure(); // while the channel has not ended
                    }
                });
        CountDownLatch over = new CountDownLatch(1);
        objects.count().doFinally(signal -> over.countDown()).subscribe(n -> System.out.println(n + " keys, not read"));
        over.await();
        held.print();
    }

    private static long usedBytes() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static String name(int i) {
        return "year=2026/month=07/part-" + (KEYS + i) + ".tfrecord";
    }

    private static final class Walk extends BaseSubscriber<S3ObjectRef> {

        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch ended = new CountDownLatch(1);
        private long keys;
        private long sizes;

        @Override
        protected void hookOnSubscribe(Subscription subscription) {}

        @Override
        protected void hookOnNext(S3ObjectRef object) {
            keys++;
            sizes += object.size();
            begun.countDown();
        }

        @Override
        protected void hookFinally(SignalType type) {
            begun.countDown();
            ended.countDown();
        }
    }

    /** Lists, a thousand keys a page, of sizes 1, 2, ... */
    private static final class Store implements S3AsyncClient {

        @Override
        public CompletableFuture<ListObjectsV2Response> listObjectsV2(ListObjectsV2Request request) {
            String token = request.continuationToken();
            int first = token == null ? 0 : Integer.parseInt(token);
            List<S3Object> page = new ArrayList<>();
            for (int i = first; i < first + 1000; i++) {
                page.add(S3Object.builder()
                        .key(PREFIX + name(i))
                        .size(i + 1L)
                        .eTag('"' + HEX.toHexDigits(i * 0x9e3779b97f4a7c15L) + HEX.toHexDigits((long) i) + '"')
                        .build());
            }
            boolean last = first + 1000 == KEYS;
            return CompletableFuture.completedFuture(ListObjectsV2Response.builder()
                    .contents(page)
                    .isTruncated(!last)
                    .nextContinuationToken(last ? null : String.valueOf(first + 1000))
                    .build());
        }

        @Override
        public String serviceName() {
            return "s3";
        }

        @Override
        public void close() {}
    }
}
