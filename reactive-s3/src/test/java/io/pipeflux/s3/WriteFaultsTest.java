package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectWriteException;
import io.pipeflux.core.job.CheckpointStore;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import io.pipeflux.s3.test.S3Server;
import io.pipeflux.s3.test.UploadStore;
import io.pipeflux.s3.test.UploadStore.Fault;
import io.pipeflux.s3.test.UploadStore.Op;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Writing to a store that fails, lies, and falls silent. */
@Execution(ExecutionMode.CONCURRENT) // most of them wait
class WriteFaultsTest extends S3Test {

    private static final int PART = 5 << 20;
    private static final byte[] BYTES = S3Server.bytes(2 * PART + 9, 5);
    private static final String URI = "s3://bucket/a";

    private UploadStore store;
    private S3Writer writer;

    @BeforeEach
    void startStore() throws IOException {
        store = new UploadStore();
        writer = writer(options());
    }

    @AfterEach
    void stopStore() {
        store.close();
    }

    private static S3WriteOptions options() {
        return S3WriteOptions.defaults().partSize(PART);
    }

    private S3Writer writer(S3WriteOptions options) {
        return S3Writer.of(server.client(store.port()), options);
    }

    private static Flux<ByteBuffer> bytes() {
        return Flux.range(0, 7).map(i -> {
            int from = i * (BYTES.length / 7);
            return ByteBuffer.wrap(BYTES, from, i == 6 ? BYTES.length - from : BYTES.length / 7);
        });
    }

    @ParameterizedTest
    @CsvSource({
        "CREATE,SLOW_DOWN",
        "CREATE,LOST_AT_ONCE",
        "PART,SLOW_DOWN",
        "PART,LOST_AT_ONCE",
        "PART,OTHER_SUM",
        "PART,ALTERED",
        "COMPLETE,SLOW_DOWN",
        "COMPLETE,LOST_AT_ONCE",
        "COMPLETE,FAILED_LATE",
        "COMPLETE,CONFLICT",
        "CREATE,CONFLICT",
        "PART,NO_SUM"
    })
    void aRequestThatFailsIsSentAgain(Op op, Fault fault) {
        store.next(op, fault);
        WrittenObject written = writer.write(URI, bytes()).block();
        assertThat(store.object("a").bytes()).isEqualTo(BYTES);
        assertThat(written.etag()).isEqualTo(store.object("a").etag());
        assertThat(store.pending()).isEqualTo(op == Op.CREATE && fault == Fault.LOST_AT_ONCE ? 1 : 0);
    }

    @Test
    void aPartThatIsNeverAnsweredIsSentAgain() {
        store.next(Op.PART, Fault.LOST);
        writer(options().noProgressTimeout(Duration.ofMillis(300)))
                .write(URI, bytes())
                .block();
        assertThat(store.object("a").bytes()).isEqualTo(BYTES);
    }

    @Test
    void aSmallObjectIsOneRequestThatIsSentAgain() {
        store.next(Op.PUT, Fault.SLOW_DOWN, Fault.LOST_AT_ONCE, Fault.OTHER_SUM, Fault.ALTERED);
        writer.write(URI, Flux.just(ByteBuffer.wrap(BYTES, 0, 100))).block();
        assertThat(store.object("a").bytes()).hasSize(100);
        assertThat(store.requests()).containsOnly(Op.PUT).hasSize(5);
    }

    @ParameterizedTest
    @EnumSource(
            value = Op.class,
            names = {"CREATE", "PART", "COMPLETE"})
    void aRequestThatIsDeniedIsAnErrorAndLeavesNothing(Op op) {
        store.next(op, Fault.DENIED);
        StepVerifier.create(writer.write(URI, bytes()))
                .verifyErrorSatisfies(e ->
                        assertThat(e).isInstanceOf(ObjectWriteException.class).hasMessageContaining("s3:PutObject"));
        assertThat(store.pending()).isZero();
        assertThat(store.object("a")).isNull();
    }

    @ParameterizedTest
    @EnumSource(
            value = Op.class,
            names = {"CREATE", "PART", "COMPLETE"})
    void anAnswerWithoutWhatItMustHaveIsAnError(Op op) {
        store.next(op, Fault.EMPTY);
        StepVerifier.create(writer.write(URI, bytes())).verifyError(ObjectWriteException.class);
        assertThat(store.requests()).contains(op);
    }

    @Test
    void retriesEnd() {
        store.next(Op.PART, Fault.SLOW_DOWN, Fault.SLOW_DOWN, Fault.SLOW_DOWN);
        StepVerifier.create(writer(options().partsInFlight(1).retries(2)).write(URI, bytes()))
                .verifyError(ObjectWriteException.class);
        assertThat(store.pending()).isZero();
    }

    @Test
    void anAbortThatFailsIsSuppressed() {
        store.next(Op.PART, Fault.DENIED).next(Op.ABORT, Fault.DENIED);
        StepVerifier.create(writer(options().partsInFlight(1)).write(URI, bytes()))
                .verifyErrorSatisfies(
                        e -> assertThat(e.getSuppressed()).hasAtLeastOneElementOfType(ObjectWriteException.class));
    }

    @ParameterizedTest
    @EnumSource(
            value = Checksums.class,
            names = {"WHEN_AVAILABLE", "ALL"})
    void aStoreThatRefusesChecksumsGetsTheObjectWithoutAtTheSecondRequest(Checksums checksums) {
        S3Writer writer = writer(options().checksums(checksums));
        store.next(Op.CREATE, Fault.NO_SUMS_HERE).next(Op.PUT, Fault.NO_SUMS_HERE);
        Upload upload = writer.prepare(URI, bytes()).block();
        assertThat(upload.sum()).isNull();
        writer.commit(upload).block();
        assertThat(store.object("a").bytes()).isEqualTo(BYTES);
        writer.write(URI, Flux.just(ByteBuffer.wrap(BYTES, 0, 100))).block();
        assertThat(store.object("a").bytes()).hasSize(100);
        assertThat(store.requests()).filteredOn(op -> op == Op.CREATE).hasSize(2);
        assertThat(store.requests()).filteredOn(op -> op == Op.PUT).hasSize(2);
    }

    @Test
    void aStoreThatRefusesChecksumsOfPartsOnlyGetsThemWithout() {
        store.next(Op.PART, Fault.NONE, Fault.NO_SUMS_HERE);
        Upload upload = writer(options().partsInFlight(1)).prepare(URI, bytes()).block();
        assertThat(upload.sum()).isNull();
        writer.commit(upload).block();
        assertThat(store.object("a").bytes()).isEqualTo(BYTES);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"ALTERED", "INVALID"})
    void bytesThatDoNotArriveAsTheyWereSentAreNeverStored(Fault fault) {
        S3Writer twice = writer(options().partsInFlight(1).retries(1));
        store.next(Op.PUT, fault, fault, fault, fault).next(Op.PART, fault, fault, fault, fault);
        StepVerifier.create(twice.write(URI, Flux.just(ByteBuffer.wrap(BYTES, 0, 100))))
                .verifyError(ObjectWriteException.class);
        StepVerifier.create(twice.write(URI, bytes())).verifyError(ObjectWriteException.class);
        assertThat(store.object("a")).isNull();
        assertThat(store.pending()).isZero();
    }

    @Test
    void requiredChecksumsMustBeConfirmed() {
        store.next(Op.PUT, Fault.NO_SUM).next(Op.PART, Fault.NO_SUM).next(Op.CREATE, Fault.NONE, Fault.NO_SUMS_HERE);
        S3Writer required = writer(options().checksums(Checksums.REQUIRE));
        StepVerifier.create(required.write(URI, Flux.empty())).verifyError(ObjectWriteException.class);
        StepVerifier.create(required.write(URI, bytes())).verifyError(ObjectWriteException.class);
        StepVerifier.create(required.write(URI, bytes())).verifyError(ObjectWriteException.class);
    }

    @Test
    void checksumsCanBeOff() {
        S3Writer off = writer(options().checksums(Checksums.OFF));
        off.write(URI, bytes()).block();
        assertThat(store.object("a").headers()).doesNotContainKey("X-amz-checksum-crc32c");
        writer.write(URI, bytes()).block();
        assertThat(store.object("a").headers()).containsKey("X-amz-checksum-crc32c");
    }

    @Test
    void aClientOfDefaultSettingsAddsNoChecksums() throws IOException {
        byte[] few = Arrays.copyOf(BYTES, 100);
        try (S3AsyncClient client = S3AsyncClient.builder()
                .httpClientBuilder(ReactorNettyHttpClient.builder())
                .endpointOverride(java.net.URI.create("http://127.0.0.1:" + store.port()))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .build()) {
            store.next(Op.CREATE, Fault.NO_SUMS_HERE)
                    .next(Op.PART, Fault.NO_SUMS_HERE)
                    .next(Op.PUT, Fault.NO_SUMS_HERE);
            for (Checksums checksums : new Checksums[] {Checksums.OFF, Checksums.WHEN_AVAILABLE}) {
                S3Writer plain = S3Writer.of(client, options().checksums(checksums));
                plain.write(URI, bytes()).block();
                assertThat(store.object("a").bytes()).isEqualTo(BYTES);
                plain.write(URI, Flux.just(ByteBuffer.wrap(few))).block();
                assertThat(store.object("a").bytes()).isEqualTo(few);
            }
            CheckpointStore checkpoints = S3Checkpoints.at(client, "s3://bucket/job/");
            checkpoints.write(few);
            assertThat(store.object("job/checkpoint").bytes()).isEqualTo(few);
        }
    }

    @Test
    void aCommitWhoseObjectIsGoneIsAnError() {
        Upload upload = writer.prepare(URI, bytes()).block();
        writer.commit(upload).block();
        store.delete("a");
        StepVerifier.create(writer.commit(upload)).verifyError(ObjectWriteException.class);
    }

    @ParameterizedTest
    @EnumSource(
            value = Op.class,
            names = {"CREATE", "PART", "COMPLETE"})
    void aCancelLeavesNothingWheneverItComes(Op op) {
        store.next(op, Fault.LOST);
        Disposable writing = writer.write(URI, bytes()).subscribe();
        await().atMost(Patience.PATIENCE).until(() -> store.requests().contains(op));
        writing.dispose();
        if (op != Op.CREATE) { // its id is not known before its answer, which is lost
            await().atMost(Patience.PATIENCE)
                    .until(() -> store.pending() == 0 && store.requests().contains(Op.ABORT));
        }
        assertThat(store.object("a") == null || op == Op.COMPLETE).isTrue();
    }

    @Test
    void noMoreIsRequestedThanTheWindowHolds() {
        AtomicLong requested = new AtomicLong();
        store.next(Op.PART, Fault.LOST, Fault.LOST);
        Flux<ByteBuffer> endless = Flux.<ByteBuffer>generate(sink -> sink.next(ByteBuffer.allocate(1 << 20)))
                .doOnNext(chunk -> requested.addAndGet(chunk.remaining()));
        Disposable writing =
                writer(options().partsInFlight(2)).write(URI, endless).subscribe();
        await().atMost(Patience.PATIENCE)
                .until(() ->
                        store.requests().stream().filter(op -> op == Op.PART).count() == 2);
        assertThat(requested.get()).isLessThanOrEqualTo(3L * PART + (1 << 20));
        assertThat(store.mostInParts()).isEqualTo(2);
        writing.dispose();
        await().atMost(Patience.PATIENCE).until(() -> store.pending() == 0);
    }

    @Test
    void onlyOldUploadsUnderThePrefixAreRemovedPageByPage() {
        Instant now = Instant.now();
        for (int i = 0; i < 7; i++) {
            store.begun("old/ä " + i, now.minus(Duration.ofHours(30)));
            store.begun("old/new " + i, now);
            store.begun("other/" + i, now.minus(Duration.ofHours(30)));
        }
        store.pageSize(3);
        assertThat(writer.abortOlderThan("s3://bucket/old/", Duration.ofHours(24))
                        .block())
                .isEqualTo(7);
        assertThat(store.pending()).isEqualTo(14);
        assertThat(writer.abortOlderThan("s3://bucket/old/", Duration.ofHours(24))
                        .block())
                .isZero();
        assertThat(writer.abortOlderThan("s3://bucket/old/", Duration.ofSeconds(Long.MAX_VALUE))
                        .block())
                .isZero();
    }

    @Test
    void withoutTheStoresTimeNoUploadIsRemoved() {
        store.begun("old", Instant.now().minus(Duration.ofHours(30)));
        S3AsyncClient withoutDate = server.client(
                store.port(),
                made -> made.overrideConfiguration(c -> c.addExecutionInterceptor(new ExecutionInterceptor() {
                    @Override
                    public SdkHttpResponse modifyHttpResponse(
                            Context.ModifyHttpResponse answer, ExecutionAttributes attributes) {
                        return answer.httpResponse().toBuilder()
                                .removeHeader("Date")
                                .build();
                    }
                })));
        StepVerifier.create(S3Writer.of(withoutDate, options()).abortOlderThan("s3://bucket/", Duration.ofHours(1)))
                .verifyError(ObjectWriteException.class);
        assertThat(store.pending()).isEqualTo(1);
    }

    @Test
    void aListingThatCannotBeReadIsAnError() {
        store.next(Op.LIST, Fault.EMPTY);
        StepVerifier.create(writer.abortOlderThan("s3://bucket/", Duration.ZERO))
                .verifyError(ObjectWriteException.class);
    }
}
