package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.test.FaultProxy;
import io.pipeflux.s3.test.S3Server;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import software.amazon.awssdk.services.s3.S3AsyncClient;

class WindowTest extends S3Test {

    private static final int PART = 100_000;

    private S3Channel channel(S3AsyncClient client, S3ReadOptions options) {
        return S3Channels.prefix(client, "s3://" + bucket + "/", options);
    }

    private S3ReadOptions small() {
        return S3ReadOptions.defaults().partSize(PART).windowBytes(20 * PART).retries(30);
    }

    @Test
    void growsUnderLatencyToAllGetsThatAreAllowed() {
        server.put(bucket, "a", S3Server.bytes(60 * PART, 1));
        proxy.delay(Duration.ofMillis(50));

        assertThat(Arrays.equals(all(channel(client, small()).bytes()), S3Server.bytes(60 * PART, 1)))
                .isTrue();
        assertThat(proxy.mostInFlight()).isBetween(8, 16);
    }

    @Test
    void growsWithinTheFirstPartsWhereConnectionsAreSlow() {
        int part = 4_000_000;
        server.put(bucket, "a", S3Server.bytes(10 * part, 1));
        proxy.troubleEvery(head -> FaultProxy.Trouble.throttle(part / 4)); // a part takes four seconds

        byte[] bytes = all(channel(client, small().partSize(part).windowBytes(8 * part))
                .bytes()
                .takeUntil(chunk -> proxy.ranges().size() >= 8));
        assertThat(bytes).hasSizeLessThan(part);
    }

    @Test
    void spansObjects() {
        IntStream.range(10, 70).forEach(i -> server.put(bucket, "o" + i, S3Server.bytes(1000, i)));
        proxy.delay(Duration.ofMillis(50));

        byte[] bytes = all(channel(client, small()).bytes());
        assertThat(bytes).hasSize(60_000);
        IntStream.range(10, 70)
                .forEach(i -> assertThat(Arrays.copyOfRange(bytes, (i - 10) * 1000, (i - 9) * 1000))
                        .isEqualTo(S3Server.bytes(1000, i)));
        assertThat(proxy.mostInFlight()).isBetween(8, 16);
    }

    @Test
    void anObjectThatIsPassedOverGivesWayToTheNext() {
        IntStream.range(0, 9).forEach(i -> server.put(bucket, "o" + i, S3Server.bytes(3 * PART, i)));

        StepVerifier.create(channel(client, small().windowBytes(2 * PART))
                        .objects()
                        .filter(object -> object.ordinal() % 4 == 3)
                        .concatMap(ObjectBytes::bytes, 0)
                        .map(ByteBuffer::remaining)
                        .reduce(0, Integer::sum))
                .expectNext(2 * 3 * PART)
                .expectComplete()
                .verify(Patience.PATIENCE);
    }

    @Test
    void objectsReadBesideEachOtherHaveWindowsOfTheirOwn() {
        IntStream.range(0, 6).forEach(i -> server.put(bucket, "o" + i, S3Server.bytes(3 * PART, i)));

        StepVerifier.create(channel(client, small().windowBytes(PART))
                        .objects()
                        .flatMap(ObjectBytes::bytes, 3, 1)
                        .map(ByteBuffer::remaining)
                        .reduce(0, Integer::sum))
                .expectNext(6 * 3 * PART)
                .expectComplete()
                .verify(Patience.PATIENCE);
    }

    @Test
    void listingAloneFetchesNothing() {
        server.put(bucket, "a", S3Server.bytes(10, 1));

        assertThat(channel(client, small()).objects().collectList().block()).hasSize(1);
        assertThat(proxy.ranges()).isEmpty();
    }

    @Test
    void objectsOfUnknownSizeAreFetchedSideBySideToo() {
        server.put(bucket, "empty", new byte[0]);
        server.put(bucket, "large", S3Server.bytes(7 * PART, 1));
        server.put(bucket, "small", S3Server.bytes(10, 2));
        proxy.delay(Duration.ofMillis(50));
        Flux<ChannelItem> items = Flux.just("small", "empty", "large", "small", "empty")
                .map(key -> new S3ObjectRef(bucket, key, ObjectBytes.UNKNOWN_SIZE, null));

        byte[] bytes = all(EpochObjects.of("a test", client, small(), items).concatMap(ObjectBytes::bytes, 0));
        assertThat(bytes).hasSize(10 + 7 * PART + 10);
        assertThat(Arrays.copyOfRange(bytes, 10, 10 + 7 * PART)).isEqualTo(S3Server.bytes(7 * PART, 1));
        assertThat(proxy.mostInFlight()).isGreaterThan(1);
    }

    @Test
    void anotherFetchOfAReadingStartsAnew() {
        server.put(bucket, "a", S3Server.bytes(3 * PART, 1));
        ObjectBytes object = channel(client, small()).objects().blockFirst();

        assertThat(all(object.bytes(PART))).isEqualTo(Arrays.copyOfRange(S3Server.bytes(3 * PART, 1), PART, 3 * PART));
        assertThat(all(object.bytes())).isEqualTo(S3Server.bytes(3 * PART, 1));
    }

    @Test
    void cancelAtAnyChunkLeavesNoGet() {
        server.put(bucket, "a", S3Server.bytes(12 * PART, 1));
        S3AsyncClient four =
                server.client(proxy.port(), S3Server.ACCESS_KEY, S3Server.SECRET_KEY, http -> http.maxConcurrency(4));
        for (int i = 1; i <= 12; i++) {
            assertThat(channel(four, small().getsInFlight(4))
                            .bytes()
                            .take(i)
                            .count()
                            .block())
                    .isEqualTo(i);
        }
        // a connection that was not given back would be missing now
        assertThat(all(channel(four, small().getsInFlight(4)).bytes())).hasSize(12 * PART);
    }

    @Test
    void failsWithinTheTimeoutWhenNothingComes() {
        server.put(bucket, "a", S3Server.bytes(PART, 1));
        proxy.breakEvery(new FaultProxy.Fault(FaultProxy.Kind.STALL, 0));

        assertThatThrownBy(() -> channel(client, small().retries(1).noProgressTimeout(Duration.ofMillis(200)))
                        .bytes()
                        .blockLast())
                .hasMessageContaining("no byte arrived for 200 ms");
        await().until(() -> proxy.openConnections() <= 1); // the listing's
    }
}
