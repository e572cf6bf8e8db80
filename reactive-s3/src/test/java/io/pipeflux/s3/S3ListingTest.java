package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.channel.ObjectRef;
import io.pipeflux.s3.test.S3Server;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.test.StepVerifier;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;

class S3ListingTest extends S3Test {

    private static final String ODD_KEY = "dir x/a b+c&=%?#ü日.txt";

    @Test
    void givesAllKeysThatBeginWithThePrefixInTheOrderOfTheirBytesOverSeveralPages() {
        put("train/b", 1);
        put("train/a", 2);
        put("training/c", 3);
        put("train-x", 4);
        put("train/" + ODD_KEY, 5);
        put("train/Z", 6);
        put("eval/a", 7);

        List<ObjectBytes> objects = pages("train", 2).objects().collectList().block();

        assertThat(objects)
                .extracting(ObjectBytes::key)
                .containsExactly(
                        key("train-x"),
                        key("train/Z"),
                        key("train/a"),
                        key("train/b"),
                        key("train/" + ODD_KEY),
                        key("training/c"));
        assertThat(objects).extracting(ObjectBytes::ordinal).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
        assertThat(objects).extracting(ObjectBytes::size).containsExactly(4L, 6L, 2L, 1L, 5L, 3L);
        assertThat(objects).extracting(ObjectBytes::etag).doesNotContainNull().doesNotHaveDuplicates();
        assertThat(proxy.listings()).isEqualTo(3);
    }

    @Test
    void readsAnObjectOfAnOddKey() {
        put(ODD_KEY, 10);

        assertThat(all(object(client, "dir x/a b+c&=%?#", 4).bytes())).isEqualTo(S3Server.bytes(10, 10));
    }

    @Test
    void givesEmptyObjectsTooButNoFolders() {
        put("train/", 0);
        put("train/a", 3);
        put("train/b", 0);
        put("train/sub/", 0);

        StepVerifier.create(pages("train/", 1).objects().map(ObjectBytes::size))
                .expectNext(3L, 0L)
                .verifyComplete();
        assertThat(all(pages("train/a", 1000).bytes())).isEqualTo(S3Server.bytes(3, 3));
    }

    @Test
    void listsWhenObjectsWereModified() {
        put("train/a", 1);
        put("train/b", 2);

        List<ObjectRef> listed = pages("train/", 1).list().collectList().block();

        assertThat(listed).hasSize(2).allSatisfy(object -> {
            String key = object.key().substring(("s3://" + bucket + "/").length());
            Instant stated = client.headObject(request -> request.bucket(bucket).key(key))
                    .join()
                    .lastModified();
            assertThat(object.lastModified().truncatedTo(ChronoUnit.SECONDS)) // as exact as a header
                    .isEqualTo(stated.truncatedTo(ChronoUnit.SECONDS));
        });
        assertThat(pages("train/", 1).shuffle(1).list().collectList().block())
                .extracting(ObjectRef::lastModified)
                .containsOnlyNulls();
    }

    @Test
    void aWholeBucketIsTheEmptyPrefix() {
        put("a", 1);
        put("b/c", 1);

        StepVerifier.create(
                        S3Channels.prefix(client, "s3://" + bucket).objects().map(ObjectBytes::key))
                .expectNext(key("a"), key("b/c"))
                .verifyComplete();
    }

    @Test
    void asksForAPageWhenAnObjectOfItIsAskedFor() {
        IntStream.range(0, 6).forEach(i -> put("train/" + i, 1));
        BaseSubscriber<ObjectBytes> subscriber = new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {}
        };
        List<ObjectBytes> taken = new CopyOnWriteArrayList<>();

        pages("train/", 2).objects().doOnNext(taken::add).subscribe(subscriber);
        stays(0);
        subscriber.request(2);
        await().until(() -> taken.size() == 2);
        stays(1);
        subscriber.request(1);
        await().until(() -> taken.size() == 3);
        stays(2);
        subscriber.cancel();
        stays(2);
    }

    @Test
    void eachSubscriptionListsAnew() {
        put("train/a", 1);
        S3Channel channel = pages("train/", 1000);

        assertThat(channel.objects().count().block()).isEqualTo(1);
        put("train/b", 1);
        assertThat(channel.objects().count().block()).isEqualTo(2);
    }

    @Test
    void anEmptyPrefixIsAnError() {
        put("eval/a", 1);

        assertThatThrownBy(() -> pages("train/", 1000).objects().blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessage("no object under s3://" + bucket + "/train/ at http://127.0.0.1:" + proxy.port()
                        + ": check the prefix; a channel needs at least one object [PF-OBJECT-01]");
    }

    @Test
    void aMissingBucketIsNamed() {
        assertThatThrownBy(() -> S3Channels.prefix(client, "s3://no-such-bucket/train/")
                        .objects()
                        .blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessage("there is no bucket 'no-such-bucket' at http://127.0.0.1:" + proxy.port()
                        + " (404 NoSuchBucket): check its name, the endpoint and the region"
                        + " (s3://no-such-bucket/train/) [PF-S3-03]")
                .hasCauseInstanceOf(NoSuchBucketException.class);
    }

    @Test
    void wrongCredentialsAreReported() {
        S3AsyncClient wrongSecret = server.client(proxy.port(), S3Server.ACCESS_KEY, "wrong", http -> {});
        S3AsyncClient unknownKey = server.client(proxy.port(), "nobody", S3Server.SECRET_KEY, http -> {});

        assertThatThrownBy(() -> S3Channels.prefix(wrongSecret, "s3://" + bucket + "/")
                        .objects()
                        .blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessage(
                        "the credentials were refused for bucket '" + bucket + "' at http://127.0.0.1:" + proxy.port()
                                + " (403 SignatureDoesNotMatch): check access key, secret key, session token and clock (s3://"
                                + bucket + "/) [PF-S3-01]");
        assertThatThrownBy(() -> S3Channels.prefix(unknownKey, "s3://" + bucket + "/")
                        .objects()
                        .blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining("(403 InvalidAccessKeyId): check access key");
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT) // it waits
    void anEndpointThatCannotBeReachedIsNamed() throws Exception {
        try (Socket nobodyListens = new Socket()) {
            nobodyListens.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)); // the port stays taken
            String endpoint = "http://127.0.0.1:" + nobodyListens.getLocalPort();

            // without further tries: the SDK keeps those before the last one as text only
            S3AsyncClient plain = server.plainClient(nobodyListens.getLocalPort(), NettyNioAsyncHttpClient.builder());

            assertThatThrownBy(() -> S3Channels.prefix(plain, "s3://" + bucket + "/")
                            .objects()
                            .blockLast())
                    .isInstanceOf(ObjectReadException.class)
                    .hasRootCauseInstanceOf(ConnectException.class)
                    .hasMessageStartingWith(endpoint + " cannot be reached: check the endpoint and the network: ")
                    .message()
                    .hasLineCount(1);
        }
    }

    private void put(String key, int size) {
        server.put(bucket, key, S3Server.bytes(size, size));
    }

    private String key(String key) {
        return "s3://" + bucket + "/" + key;
    }

    private S3Channel pages(String prefix, int pageSize) {
        return S3Channels.prefix(
                client,
                "s3://" + bucket + "/" + prefix,
                S3ReadOptions.defaults().pageSize(pageSize));
    }

    private void stays(int listings) {
        await().during(Duration.ofMillis(200)).until(() -> proxy.listings() == listings);
    }
}
