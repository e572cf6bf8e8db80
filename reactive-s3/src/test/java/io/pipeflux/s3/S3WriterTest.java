package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pipeflux.core.ObjectWriteException;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.test.S3Server;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.test.StepVerifier;

/** Objects are written to a real server, in parts and whole, and read back. */
class S3WriterTest extends S3Test {

    private static final int PART = 5 << 20;

    private S3Writer writer() {
        return S3Writer.of(server.client(), S3WriteOptions.defaults().partSize(PART));
    }

    private String uri(String key) {
        return "s3://" + bucket + "/" + key;
    }

    private byte[] stored(String key) {
        return all(S3Channels.prefix(server.client(), uri(key)).bytes());
    }

    private boolean exists(String key) {
        return !server.client()
                .listObjectsV2(list -> list.bucket(bucket).prefix(key))
                .join()
                .contents()
                .isEmpty();
    }

    private int pending() {
        return server.client()
                .listMultipartUploads(list -> list.bucket(bucket))
                .join()
                .uploads()
                .size();
    }

    private static Flux<ByteBuffer> chunks(byte[] bytes, int size) {
        List<ByteBuffer> chunks = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += size) {
            chunks.add(ByteBuffer.wrap(bytes, at, Math.min(size, bytes.length - at)));
        }
        return Flux.fromIterable(chunks);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, PART - 1, PART, PART + 1, 3 * PART + 7})
    void whatIsWrittenIsReadBack(int size) {
        byte[] bytes = S3Server.bytes(size, size);
        for (int chunk : new int[] {1 + size / 3, 64 << 10}) {
            WrittenObject written =
                    writer().write(uri("a"), chunks(bytes, chunk)).block();
            assertThat(written.uri()).isEqualTo(uri("a"));
            assertThat(written.size()).isEqualTo(size);
            assertThat(written.etag())
                    .isEqualTo(server.client()
                            .headObject(head -> head.bucket(bucket).key("a"))
                            .join()
                            .eTag());
            assertThat(stored("a")).isEqualTo(bytes);
        }
        assertThat(pending()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 100, PART, 2 * PART + 7})
    void anUploadIsSeenWhenAnotherProcessHasCommittedIt(int size) throws Exception {
        byte[] bytes = S3Server.bytes(size, 3);
        Upload upload = writer().prepare(uri("b"), chunks(bytes, 100_000)).block();
        assertThat(exists("b")).isFalse();
        assertThat(upload.size()).isEqualTo(size);

        WrittenObject written = writer().commit(copy(upload)).block();

        assertThat(stored("b")).isEqualTo(bytes);
        assertThat(writer().commit(upload).block()).isEqualTo(written);
        writer().abort(upload).block();
        assertThat(stored("b")).isEqualTo(bytes);
    }

    private static Upload copy(Upload upload) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new ObjectOutputStream(bytes).writeObject(upload);
        return (Upload) new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
    }

    @Test
    void anAbortedUploadLeavesNothingAndCannotBeCommitted() {
        Upload upload = writer().prepare(uri("c"), chunks(new byte[100], 7)).block();
        writer().abort(upload).block();
        writer().abort(upload).block();
        assertThat(pending()).isZero();
        StepVerifier.create(writer().commit(upload)).verifyError(ObjectWriteException.class);
        assertThat(exists("c")).isFalse();
    }

    @Test
    void anObjectThatWasReplacedSinceIsNotTakenForTheUploads() {
        Upload upload = writer().prepare(uri("d"), chunks(new byte[100], 7)).block();
        writer().commit(upload).block();
        server.put(bucket, "d", new byte[100]);
        StepVerifier.create(writer().commit(upload)).verifyError(ObjectWriteException.class);
    }

    @Test
    void anErrorOfTheSourceIsPassedOnAndLeavesNothing() {
        IllegalStateException mine = new IllegalStateException("mine");
        Flux<ByteBuffer> failing = chunks(S3Server.bytes(2 * PART, 1), PART).concatWith(Flux.error(mine));
        StepVerifier.create(writer().write(uri("e"), failing)).verifyErrorMatches(e -> e == mine);
        assertThat(pending()).isZero();
        assertThat(exists("e")).isFalse();
    }

    @Test
    void aSourceThatEmitsNullIsAnError() {
        Publisher<ByteBuffer> nulls = subscriber -> subscriber.onSubscribe(new Subscription() {
            @Override
            public void request(long n) {
                subscriber.onNext(null);
            }

            @Override
            public void cancel() {}
        });
        StepVerifier.create(writer().write(uri("f"), nulls))
                .expectError(NullPointerException.class)
                .verify(Patience.PATIENCE);
    }

    @Test
    void nothingIsSentForASourceThatFailsFirst() {
        StepVerifier.create(writer().write(uri("f"), Flux.error(new IllegalStateException("mine"))))
                .verifyError(IllegalStateException.class);
        assertThat(pending()).isZero();
    }

    @Test
    void aMissingBucketAndRefusedCredentialsAreNamed() {
        StepVerifier.create(writer().write("s3://no-such-bucket/a", Flux.empty()))
                .verifyErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(ObjectWriteException.class)
                        .hasMessageContaining("there is no bucket 'no-such-bucket'")
                        .hasMessageContaining("s3://no-such-bucket/a"));
        S3Writer refused = S3Writer.of(
                server.client(server.port(), S3Server.ACCESS_KEY, "wrong", http -> {}),
                S3WriteOptions.defaults().retries(0));
        StepVerifier.create(refused.write(uri("a"), Flux.empty())).verifyError(ObjectWriteException.class);
    }

    @Test
    void theSettingsOfTheUserAreUsed() {
        S3Writer writer = S3Writer.of(
                server.client(),
                S3WriteOptions.defaults()
                        .partSize(PART)
                        .onRequest(request -> request.contentType("text/x-test")
                                .bucket("other")
                                .key("other")));
        writer.write(uri("small"), chunks(new byte[100], 100)).block();
        writer.write(uri("large"), chunks(new byte[PART], PART)).block();
        for (String key : List.of("small", "large")) {
            assertThat(server.client()
                            .headObject(head -> head.bucket(bucket).key(key))
                            .join()
                            .contentType())
                    .isEqualTo("text/x-test");
        }
    }

    @Test
    void uploadsThatWereLeftAreRemoved() {
        writer().prepare(uri("left/a"), Flux.empty()).block();
        writer().prepare(uri("left/b"), Flux.empty()).block();
        writer().prepare(uri("other"), Flux.empty()).block();
        assertThat(writer().abortOlderThan(uri("left/"), Duration.ofHours(1)).block())
                .isZero();
        assertThat(pending()).isEqualTo(3);
    }

    @Test
    void chunksAreLeftAsTheyAreAndMayBeUsedAgain() {
        byte[] bytes = S3Server.bytes(2 * PART, 9);
        ByteBuffer one = ByteBuffer.allocate(PART / 3);
        AtomicInteger at = new AtomicInteger();
        Flux<ByteBuffer> reusing = Flux.generate(sink -> {
            int from = at.getAndAdd(one.capacity());
            if (from >= bytes.length) {
                sink.complete();
                return;
            }
            one.clear()
                    .put(bytes, from, Math.min(one.capacity(), bytes.length - from))
                    .flip();
            sink.next(one);
        });
        writer().write(uri("g"), reusing).block();
        assertThat(stored("g")).isEqualTo(bytes);
        assertThat(one.position()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void aChunkMayBeOverwrittenAsSoonAsOnNextReturns(int partsInFlight) {
        byte[] bytes = S3Server.bytes((partsInFlight + 2) * PART + 9, 9);
        for (int size : new int[] {300_001, 2 * PART + 1}) {
            S3Writer.of(
                            server.client(),
                            S3WriteOptions.defaults().partSize(PART).partsInFlight(partsInFlight))
                    .write(uri("g"), overwriting(chunks(bytes, size)))
                    .block();
            assertThat(Arrays.equals(stored("g"), bytes)).isTrue();
        }
    }

    /** Copies each chunk to one buffer, which lends it until {@code onNext} returns. */
    private static Flux<ByteBuffer> overwriting(Flux<ByteBuffer> chunks) {
        return new FluxOperator<>(chunks) {
            @Override
            public void subscribe(CoreSubscriber<? super ByteBuffer> actual) {
                source.subscribe(new CoreSubscriber<ByteBuffer>() {
                    private byte[] buffer = {};

                    @Override
                    public void onSubscribe(Subscription subscription) {
                        actual.onSubscribe(subscription);
                    }

                    @Override
                    public void onNext(ByteBuffer chunk) {
                        buffer = buffer.length < chunk.remaining() ? new byte[chunk.remaining()] : buffer;
                        int length = chunk.remaining();
                        chunk.duplicate().get(buffer, 0, length);
                        actual.onNext(ByteBuffer.wrap(buffer, 0, length));
                        Arrays.fill(buffer, (byte) 0x55);
                    }

                    @Override
                    public void onError(Throwable t) {
                        actual.onError(t);
                    }

                    @Override
                    public void onComplete() {
                        actual.onComplete();
                    }
                });
            }
        };
    }

    @Test
    void readersVerifyWhatWasWritten() {
        byte[] bytes = S3Server.bytes(2 * PART + 9, 4);
        Upload upload = writer().prepare(uri("h"), chunks(bytes, 70_000)).block();
        assertThat(upload.sum()).isEqualTo(ChecksumStore.sum(SumKind.CRC32C, bytes));
        byte[] second = Arrays.copyOfRange(bytes, PART, 2 * PART);
        assertThat(upload.parts().get(1).sum()).isEqualTo(ChecksumStore.sum(SumKind.CRC32C, second));
    }

    @Test
    void wrongArgumentsAreRefusedAtOnce() {
        assertThatIllegalArgumentException().isThrownBy(() -> writer().write("s3://bucket", Flux.empty()));
        assertThatIllegalArgumentException().isThrownBy(() -> writer().write("/tmp/a", Flux.empty()));
        assertThatIllegalArgumentException().isThrownBy(() -> writer().abortOlderThan(uri(""), Duration.ofSeconds(-1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S3WriteOptions.defaults().partSize(PART - 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S3WriteOptions.defaults().partsInFlight(0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S3WriteOptions.defaults().noProgressTimeout(Duration.ZERO));
    }
}
