package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.channel.ObjectRef;
import io.pipeflux.s3.test.FaultProxy.Fault;
import io.pipeflux.s3.test.FaultProxy.Kind;
import io.pipeflux.s3.test.MemoryClient;
import io.pipeflux.s3.test.S3Server;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.S3AsyncClient;

@Execution(ExecutionMode.CONCURRENT) // most of them wait
class ObjectBytesFluxTest extends S3Test {

    /** So long that a busy machine does not exceed it. The tests that wait for it wait side by side. */
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(5);

    private static final int CHUNK = 256 << 10;
    private static final int PART = 300_000; // a chunk and a bit

    static Stream<Integer> sizes() {
        return Stream.of(0, 1, PART - 1, PART, PART + 1, 3 * PART + 7);
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void givesTheBytesFromAnyOffset(int size) {
        byte[] content = S3Server.bytes(size, size);
        server.put(bucket, "a", content);
        ObjectBytes object = object(client, "a", PART);

        IntStream.of(0, 1, CHUNK, PART - 1, PART, PART + 1, 2 * PART, size - 1, size)
                .filter(from -> from >= 0 && from <= size)
                .distinct()
                .forEach(from -> {
                    int before = proxy.ranges().size();
                    List<ByteBuffer> chunks = object.bytes(from).collectList().block();

                    int left = Math.max(0, size - from);
                    assertThat(Arrays.equals(join(chunks), Arrays.copyOfRange(content, size - left, size)))
                            .as("from " + from)
                            .isTrue();
                    assertThat(chunks).allMatch(chunk -> chunk.hasArray() && chunk.array().length <= CHUNK);
                    int gets = size == 0 ? 1 : (left + PART - 1) / PART; // an empty object is looked at
                    assertThat(proxy.ranges().size() - before).isEqualTo(gets);
                });
    }

    @Test
    void aRangeRequestsNoByteAfterItsEnd() {
        int size = 3 * PART + 7;
        byte[] content = S3Server.bytes(size, 1);
        server.put(bucket, "a", content);
        S3Channel channel = S3Channels.prefix(client, "s3://" + bucket + "/a");
        ObjectRef ref = channel.list().blockFirst();
        S3ReadOptions options = S3ReadOptions.defaults().partSize(PART);
        for (int end : new int[] {0, 1, PART - 1, PART, PART + 1, 2 * PART, size - 1, size}) {
            ObjectBytes range = S3Channels.range(client, ref, end, options);
            assertThat(range.size()).isEqualTo(end);
            for (int from : new int[] {0, 1, PART, end - 1, end}) {
                if (from < 0 || from > end) {
                    continue;
                }
                int before = proxy.ranges().size();

                byte[] read = all(range.bytes(from));

                assertThat(Arrays.equals(read, Arrays.copyOfRange(content, from, end)))
                        .as("bytes %d to %d", from, end)
                        .isTrue();
                List<String> ranges =
                        proxy.ranges().subList(before, proxy.ranges().size());
                assertThat(ranges).hasSize((end - from + PART - 1) / PART);
                if (from < end) {
                    assertThat(ranges)
                            .allMatch(sent -> Long.parseLong(sent.substring(sent.lastIndexOf('-') + 1)) < end);
                }
            }
        }
    }

    @Test
    void aRangeIsWithinItsObject() {
        ObjectRef ref = new ObjectRef("s3://" + bucket + "/a", 10, null);
        for (long end : new long[] {-1, 11, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertThatThrownBy(() -> S3Channels.range(client, ref, end, S3ReadOptions.defaults()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected a range that ends in the 10 bytes of ")
                    .hasMessageContaining("but got one that ends at byte " + end);
        }
    }

    @Test
    void aRangeCannotBeVerified() {
        server.put(bucket, "a", S3Server.bytes(100, 1));
        ObjectRef ref =
                S3Channels.prefix(client, "s3://" + bucket + "/a").list().blockFirst();
        S3ReadOptions options = S3ReadOptions.defaults().checksums(Checksums.REQUIRE);

        StepVerifier.create(S3Channels.range(client, ref, 50, options).bytes())
                .verifyErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(ObjectReadException.class)
                        .hasMessageContaining(
                                "expected a read of the whole object, but got one from byte 0 to byte 50"));
    }

    @Test
    void eachSubscriptionReadsAnew() {
        server.put(bucket, "a", S3Server.bytes(1000, 1));
        ObjectBytes object = object(client, "a", 100);

        Flux<ByteBuffer> bytes = object.bytes();
        assertThat(all(bytes)).isEqualTo(S3Server.bytes(1000, 1)).isEqualTo(all(bytes));
    }

    @Test
    void aTimeLimitMayBeLongerThanTheClockCounts() {
        byte[] content = S3Server.bytes(1000, 1);
        server.put(bucket, "a", content);
        S3ReadOptions patient = S3ReadOptions.defaults().noProgressTimeout(Duration.ofSeconds(Long.MAX_VALUE));
        S3ObjectRef ref = new S3ObjectRef(bucket, "a", content.length, null);
        assertThat(join(ObjectBytesFlux.bytes(client, patient, ref, 0)
                        .collectList()
                        .block()))
                .isEqualTo(content);
    }

    @Test
    void fetchesNothingBeforeDemandThenTwoPartsAndMoreOnlyAsTheyAreTaken() {
        int part = 2 * CHUNK;
        server.put(bucket, "a", S3Server.bytes(5 * part, 1));
        PipelineMonitor monitor = PipelineMonitor.create("train");
        Slowly slowly = new Slowly(S3Channels.prefix(
                        client,
                        "s3://" + bucket + "/a",
                        S3ReadOptions.defaults().partSize(part))
                .objects()
                .single()
                .contextWrite(monitor.watch())
                .block()
                .bytes());

        gets(0);
        slowly.take(1);
        gets(2);
        await().until(() -> monitor.queuedBytes() == 3 * CHUNK); // so that it never waits for the next one
        assertThat(proxy.ranges()).containsExactlyInAnyOrder("0-524287", "524288-1048575");
        slowly.take(1);
        gets(3); // as much as the first part's two chunks has been taken, and there is room for a third
        slowly.take(8);
        gets(5);
        assertThat(join(slowly.taken)).isEqualTo(S3Server.bytes(5 * part, 1));
        assertThat(slowly.completed).isTrue(); // with the last chunk, without being asked again
    }

    @Test
    void aSubscriberThatPausesLongerThanTheReadTimeoutGetsAllBytes() {
        int part = 4 << 20;
        server.put(bucket, "a", S3Server.bytes(3 * part, 1));
        S3AsyncClient impatient = impatient();

        List<ByteBuffer> chunks = new CopyOnWriteArrayList<>();
        StepVerifier.create(object(impatient, "a", part).bytes().doOnNext(chunks::add), 1)
                .expectNextCount(1)
                .thenAwait(READ_TIMEOUT.plusMillis(500))
                .thenRequest(17)
                .expectNextCount(17)
                .thenAwait(READ_TIMEOUT.plusMillis(500))
                .thenRequest(Long.MAX_VALUE)
                .expectNextCount(30)
                .verifyComplete();
        assertThat(Arrays.equals(join(chunks), S3Server.bytes(3 * part, 1))).isTrue();
        assertThat(proxy.ranges()).hasSize(3); // no retry was needed
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void recoversFromAConnectionThatBreaksInAPart(Kind kind) {
        int part = 1 << 20;
        byte[] content = S3Server.bytes(4 * part + 5, 1);
        server.put(bucket, "a", content);
        ObjectBytes object = object(impatient(), "a", part);
        proxy.breakNext(new Fault(kind, 100), new Fault(kind, 700_000), new Fault(kind, 20_000));

        assertThat(Arrays.equals(all(object.bytes()), content)).isTrue();
        assertThat(proxy.ranges()).hasSize(5 + 3);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void failsWhenTryAfterTryBringsNothing(Kind kind) {
        byte[] content = S3Server.bytes(1 << 20, 1);
        server.put(bucket, "a", content);
        S3ReadOptions options = S3ReadOptions.defaults().retries(1).noProgressTimeout(Duration.ofSeconds(3));
        ObjectBytes object = S3Channels.prefix(client, "s3://" + bucket + "/", options)
                .objects()
                .single()
                .block();
        proxy.breakNext(new Fault(kind, 600_000));
        proxy.breakEvery(new Fault(kind, 1));
        List<ByteBuffer> chunks = new CopyOnWriteArrayList<>();

        assertThatThrownBy(() -> object.bytes().doOnNext(chunks::add).blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessageMatching("expected bytes \\d+ to 1048575 of 1048576 from http://127.0.0.1:" + proxy.port()
                        + ", but the last try got: .* \\(s3://" + bucket + "/a\\) \\[PF-OBJECT-04\\]")
                .message()
                .hasLineCount(1);
        byte[] got = join(chunks);
        // a reset takes along what had arrived and was not read yet
        assertThat(got).hasSizeBetween(kind == Kind.RST ? 0 : 1, 600_000).isEqualTo(Arrays.copyOf(content, got.length));
    }

    @Test
    void aTryThatBringsBytesDoesNotCountAndIsGoneOnWith() {
        byte[] content = S3Server.bytes(1 << 20, 1);
        server.put(bucket, "a", content);
        ObjectBytes object = S3Channels.prefix(
                        client, "s3://" + bucket + "/", S3ReadOptions.defaults().retries(0))
                .objects()
                .single()
                .block();
        proxy.breakEvery(new Fault(Kind.FIN, 300_000));

        assertThat(Arrays.equals(all(object.bytes()), content)).isTrue();
        assertThat(proxy.ranges()).hasSize(4);
    }

    @Test
    void anErrorComesBehindTheBytesBeforeIt() {
        int part = 1 << 20;
        byte[] content = S3Server.bytes(2 * part, 1);
        server.put(bucket, "a", content);
        ObjectBytes object = object(client, "a", part);
        List<ByteBuffer> chunks = new CopyOnWriteArrayList<>();

        StepVerifier.create(object.bytes().doOnNext(chunks::add), 1)
                .expectNextCount(1)
                .then(() -> gets(2))
                .then(() -> server.put(bucket, "a", S3Server.bytes(5 * part, 2)))
                .thenRequest(Long.MAX_VALUE)
                .expectNextCount(7)
                .verifyComplete(); // both parts were there before it changed
        assertThat(Arrays.equals(join(chunks), content)).isTrue();
    }

    @Test
    void anObjectThatChangesWhileItIsReadIsAnError() {
        int part = CHUNK;
        server.put(bucket, "a", S3Server.bytes(4 * part, 1));
        ObjectBytes object = object(client, "a", part);

        StepVerifier.create(object.bytes(), 1)
                .expectNextCount(1)
                .then(() -> gets(3))
                .then(() -> server.put(bucket, "a", S3Server.bytes(4 * part, 2)))
                .thenRequest(Long.MAX_VALUE)
                .expectNextCount(2)
                .verifyErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(ObjectReadException.class)
                        .hasMessage("the object changed while it was read: expected ETag " + object.etag()
                                + ", as listed, but got another (412); start the epoch again (s3://" + bucket
                                + "/a) [PF-OBJECT-05]"));
    }

    @Test
    void anObjectThatIsDeletedAfterItWasListedIsAnError() {
        server.put(bucket, "a", S3Server.bytes(100, 1));
        ObjectBytes object = object(client, "a", 100);
        server.delete(bucket, "a");

        assertThatThrownBy(() -> object.bytes().blockLast())
                .hasMessage("the object is gone: expected 100 bytes, as listed, but got none (404 NoSuchKey) (s3://"
                        + bucket + "/a) [PF-OBJECT-05]");
    }

    @Test
    void anObjectThatIsShorterThanListedIsAnErrorWhereTheStoreReportsNoVersion() {
        server.put(bucket, "a", S3Server.bytes(150, 1));
        S3ObjectRef wrong = new S3ObjectRef(bucket, "a", 400, null);
        S3ReadOptions options = S3ReadOptions.defaults().partSize(100);

        StepVerifier.create(ObjectBytesFlux.bytes(client, options, wrong, 0))
                .expectErrorMessage(
                        "the response does not match the listing: expected Content-Range 'bytes 0-99/400', but got"
                                + " 'bytes 0-99/150' (s3://" + bucket + "/a) [PF-OBJECT-06]")
                .verify();
        StepVerifier.create(ObjectBytesFlux.bytes(client, options, wrong, 300))
                .expectErrorMessage(
                        "the object is shorter than listed: expected 400 bytes, but got fewer (416 InvalidRange"
                                + " for bytes 300 to 399) (s3://" + bucket + "/a) [PF-OBJECT-05]")
                .verify();
    }

    @Test
    void cancelReleasesTheConnectionsOfPartsUnderWay() {
        int part = 400_000;
        byte[] content = S3Server.bytes(3 * part, 1);
        server.put(bucket, "a", content);
        S3AsyncClient two =
                server.client(proxy.port(), S3Server.ACCESS_KEY, S3Server.SECRET_KEY, http -> http.maxConcurrency(2));
        S3ReadOptions options = S3ReadOptions.defaults().partSize(part).getsInFlight(2);
        ObjectBytes object = S3Channels.prefix(two, "s3://" + bucket + "/a", options)
                .objects()
                .single()
                .block();

        for (int i = 1; i <= 3; i++) {
            proxy.breakEvery(new Fault(Kind.STALL, 300_000));
            Disposable reading = object.bytes().subscribe();
            gets(2 * i);
            reading.dispose();
            await().until(() -> proxy.openConnections() == 0);
        }
        proxy.heal();
        for (int i = 0; i < 10; i++) {
            assertThat(Arrays.equals(all(object.bytes()), content)).isTrue();
        }
    }

    @Test
    void cancelBeginsWithTheLastGetSoThatNoneTakesTheConnectionOfAnEarlierOne() {
        List<Integer> sent = new CopyOnWriteArrayList<>();
        List<Integer> cancelled = new CopyOnWriteArrayList<>();
        S3AsyncClient stalled = new MemoryClient(new byte[300], 1) {
            @Override
            protected SdkPublisher<ByteBuffer> publisher(int from, int to) {
                return SdkPublisher.adapt(Flux.<ByteBuffer>never()
                        .doOnSubscribe(s -> sent.add(from))
                        .doOnCancel(() -> cancelled.add(from)));
            }
        };
        S3ObjectRef ref = new S3ObjectRef(bucket, "a", 300, "\"1\"");

        Disposable reading = ObjectBytesFlux.bytes(
                        stalled, S3ReadOptions.defaults().partSize(100), ref, 0)
                .subscribe();
        await().until(() -> sent.size() == 2);
        reading.dispose();

        assertThat(cancelled).containsExactly(100, 0);
        stalled.close();
    }

    @Test
    void cancelBetweenChunksFetchesNothingMore() {
        server.put(bucket, "a", S3Server.bytes(5 * CHUNK, 1));
        ObjectBytes object = object(client, "a", CHUNK);

        assertThat(object.bytes().take(1).count().block()).isEqualTo(1);
        await().during(Duration.ofMillis(200)).until(() -> proxy.ranges().size() <= 2);
    }

    @Test
    void neverEmitsOnTheClientsEventLoop() {
        server.put(bucket, "a", S3Server.bytes(4 * CHUNK, 1));

        assertThat(object(client, "a", CHUNK)
                        .bytes()
                        .map(chunk -> Thread.currentThread().getName())
                        .collectList()
                        .block())
                .hasSize(4)
                // a chunk that has arrived before it is requested is emitted on the thread that requests it
                .isSubsetOf(
                        "pipeflux-s3://" + bucket + "/a", Thread.currentThread().getName());
    }

    @Test
    void addsToEachRequestWhatTheCallerWants() {
        server.put(bucket, "a", S3Server.bytes(10, 1));
        List<String> asked = new CopyOnWriteArrayList<>();
        S3ReadOptions options = S3ReadOptions.defaults().partSize(4).onRequest(request -> {
            request.key("not this");
            asked.add("once");
        });

        assertThat(all(S3Channels.prefix(client, "s3://" + bucket + "/", options)
                        .bytes()))
                .isEqualTo(S3Server.bytes(10, 1));
        assertThat(asked).hasSize(3 + 2); // and once each for the listing and the HEAD
    }

    @Test
    void anExceptionOfTheCallersHookIsSignalled() {
        server.put(bucket, "a", S3Server.bytes(10, 1));
        S3ReadOptions options = S3ReadOptions.defaults().onRequest(request -> {
            throw new IllegalStateException("no key today");
        });

        StepVerifier.create(ObjectBytesFlux.bytes(client, options, new S3ObjectRef(bucket, "a", 10, null), 0))
                .verifyErrorSatisfies(e -> assertThat(e).hasRootCauseMessage("no key today"));
    }

    /** A client that does not wait long for bytes, but so long that only a stall takes longer. */
    private S3AsyncClient impatient() {
        return server.client(
                proxy.port(), S3Server.ACCESS_KEY, S3Server.SECRET_KEY, http -> http.readTimeout(READ_TIMEOUT));
    }

    private void gets(int n) {
        await().until(() -> proxy.ranges().size() >= n);
        await().during(Duration.ofMillis(100)).until(() -> proxy.ranges().size() == n);
    }

    private static final class Slowly extends BaseSubscriber<ByteBuffer> {

        final List<ByteBuffer> taken = new CopyOnWriteArrayList<>();
        volatile boolean completed;

        Slowly(Flux<ByteBuffer> source) {
            source.subscribe(this);
        }

        void take(int n) {
            int before = taken.size();
            request(n);
            await().until(() -> taken.size() == before + n);
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {}

        @Override
        protected void hookOnNext(ByteBuffer chunk) {
            taken.add(chunk);
        }

        @Override
        protected void hookOnComplete() {
            completed = true;
        }
    }
}
