package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.test.FaultProxy.Fault;
import io.pipeflux.s3.test.FaultProxy.Kind;
import io.pipeflux.s3.test.FaultProxy.Trouble;
import io.pipeflux.s3.test.S3Server;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** What a window promises, over the SDK's client on the AWS CRT. */
class ReadsCrtTest extends S3Test {

    private static final int PART = 200_000;

    private S3AsyncClient crt;

    @BeforeEach
    void makeCrtClient() {
        crt = server.crtClient(proxy.port());
    }

    @AfterEach
    void closeCrtClient() {
        crt.close();
    }

    private Flux<ByteBuffer> bytes(S3ReadOptions options) {
        return S3Channels.prefix(crt, "s3://" + bucket + "/", options).bytes();
    }

    private static S3ReadOptions small() {
        return S3ReadOptions.defaults().partSize(PART).windowBytes(8 * PART);
    }

    @Test
    void givesTheBytesOfAllObjectsInChunksLikeOthers() {
        int[] sizes = {0, 1, 1000, PART - 1, PART, PART + 1, 3 * PART + 7};
        byte[] expected = new byte[Arrays.stream(sizes).sum()];
        int at = 0;
        for (int i = 0; i < sizes.length; i++) {
            byte[] content = S3Server.bytes(sizes[i], i);
            server.put(bucket, "o" + i, content);
            System.arraycopy(content, 0, expected, at, content.length);
            at += content.length;
        }
        List<ByteBuffer> chunks = bytes(small()).collectList().block(Patience.PATIENCE);
        assertThat(Arrays.equals(join(chunks), expected)).isTrue();
        List<ByteBuffer> large = bytes(S3ReadOptions.defaults()).collectList().block(Patience.PATIENCE);
        assertThat(Arrays.equals(join(large), expected)).isTrue();
        assertThat(large).allMatch(chunk -> chunk.array().length <= 256 << 10);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void recoversFromAConnectionThatBreaksInAPart(Kind kind) {
        byte[] content = S3Server.bytes(4 * PART + 5, 1);
        server.put(bucket, "a", content);
        proxy.breakNext(new Fault(kind, 100), new Fault(kind, 150_000), new Fault(kind, 20_000));

        assertThat(Arrays.equals(all(bytes(small().noProgressTimeout(Duration.ofSeconds(2)))), content))
                .isTrue();
        assertThat(proxy.ranges()).hasSizeGreaterThanOrEqualTo(5 + 3);
    }

    @Test
    void failsWhenTryAfterTryBringsNothing() {
        server.put(bucket, "a", S3Server.bytes(PART, 1));
        proxy.breakEvery(new Fault(Kind.FIN, 1));

        assertThatThrownBy(() -> bytes(small().retries(2)).blockLast(Patience.PATIENCE))
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining("s3://" + bucket + "/a");
        assertThat(proxy.ranges()).hasSizeGreaterThanOrEqualTo(1 + 2); // the CRT has tries of its own
    }

    @Test
    void aCancelAbortsGetsThatReceiveNothing() {
        server.put(bucket, "a", S3Server.bytes(4 * PART, 1));
        proxy.breakEvery(new Fault(Kind.STALL, 20_000)); // after the header
        var reading = bytes(small()).subscribe();
        await().until(() -> proxy.ranges().size() >= 2);
        int before = proxy.openConnections();

        reading.dispose();
        await().until(() -> proxy.openConnections() <= before - 2);
    }

    @Test
    void aCancelAtAnyChunkLeavesNoGet() {
        byte[] content = S3Server.bytes(12 * PART, 1);
        server.put(bucket, "a", content);
        for (int i = 1; i <= 12; i++) {
            assertThat(bytes(small()).take(i).count().block(Patience.PATIENCE)).isEqualTo(i);
        }
        assertThat(Arrays.equals(all(bytes(small())), content)).isTrue();
        await().until(() -> proxy.inFlight() == 0);
    }

    @Test
    void aSlowSubscriberGetsAllBytesAndNoMorePartsThanItTakes() {
        byte[] content = S3Server.bytes(6 * PART, 1);
        server.put(bucket, "a", content);
        List<ByteBuffer> chunks = new CopyOnWriteArrayList<>();

        StepVerifier.create(bytes(small()).doOnNext(chunks::add), 1)
                .expectNextCount(1)
                .thenAwait(Duration.ofMillis(300))
                .then(() -> assertThat(proxy.ranges()).hasSizeBetween(2, 3))
                .thenRequest(Long.MAX_VALUE)
                .expectNextCount(5)
                .expectComplete()
                .verify(Patience.PATIENCE);
        assertThat(Arrays.equals(join(chunks), content)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 503})
    void requestsAgainWhatTheStoreRefuses(int status) {
        byte[] content = S3Server.bytes(4 * PART, 1);
        server.put(bucket, "a", content);
        proxy.troubleNext(Trouble.answer(status, status == 503 ? "SlowDown" : "InternalError"));

        assertThat(Arrays.equals(all(bytes(small())), content)).isTrue();
        assertThat(proxy.ranges()).hasSizeGreaterThanOrEqualTo(4 + 1);
    }

    @Test
    void anObjectThatChangesWhileItIsReadIsAnError() {
        server.put(bucket, "a", S3Server.bytes(4 * PART, 1));
        ObjectBytes object = object(crt, "a", PART);
        server.put(bucket, "a", S3Server.bytes(4 * PART, 2));

        assertThatThrownBy(() -> object.bytes().blockLast(Patience.PATIENCE))
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining("the object changed");
    }

    @Test
    void objectsAreVerified() throws Exception {
        byte[] one = S3Server.bytes(60_000, 1);
        byte[] many = S3Server.bytes(4 * PART + 17, 2);
        AtomicInteger read = new AtomicInteger();
        try (ChecksumStore store = new ChecksumStore(Map.of("p/one", one, "p/many", many));
                S3AsyncClient reader = server.crtClient(store.port())) {
            PipelineMonitor monitor = PipelineMonitor.create("train");
            Flux<ByteBuffer> all = S3Channels.prefix(reader, "s3://train/p/", small().retries(2))
                    .bytes();
            all.contextWrite(monitor.watch())
                    .doOnNext(chunk -> read.addAndGet(chunk.remaining()))
                    .blockLast(Patience.PATIENCE);
            assertThat(monitor.verifiedBytes())
                    .isEqualTo(one.length + many.length)
                    .isEqualTo(read.get());

            store.flip(2 * PART, Integer.MAX_VALUE);
            assertThatThrownBy(() -> all.blockLast(Patience.PATIENCE))
                    .isInstanceOf(ObjectReadException.class)
                    .hasMessageContaining("s3://train/p/many");
        }
    }
}
