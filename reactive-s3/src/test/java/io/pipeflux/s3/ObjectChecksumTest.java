package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.core.suite.Thrown;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import io.pipeflux.s3.test.Answer;
import io.pipeflux.s3.test.MisbehavingStore.Request;
import io.pipeflux.s3.test.S3Server;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Objects are compared with the checksums that their store states, or known not to be. */
@Execution(ExecutionMode.CONCURRENT) // most of them wait
class ObjectChecksumTest extends S3Test {

    private static final int PART = 100_000;
    private static final int LARGE = 4 * PART + 17;
    private static final byte[] ONE = S3Server.bytes(60_000, 1);
    private static final byte[] MANY = S3Server.bytes(LARGE, 2);
    private static final byte[] MANIFEST =
            "[{\"prefix\": \"s3://train/\"}, \"p/many\", \"p/one\"]".getBytes(StandardCharsets.UTF_8);

    private static final S3ReadOptions OPTIONS =
            S3ReadOptions.defaults().partSize(PART).windowBytes(6 * PART).retries(2);

    private final PipelineMonitor monitor = PipelineMonitor.create("train");
    private final List<ByteBuffer> chunks = new CopyOnWriteArrayList<>();
    private ChecksumStore store;
    private S3AsyncClient reader;

    @BeforeEach
    void startStore() throws IOException {
        store = new ChecksumStore(Map.of("p/one", ONE, "p/many", MANY, "p/none", new byte[0], "list", MANIFEST));
        reader = server.plainClient(store.port(), ReactorNettyHttpClient.builder());
    }

    @AfterEach
    void stopStore() throws IOException {
        store.close();
    }

    private byte[] read(String key, S3ReadOptions options) {
        chunks.clear();
        S3Channels.prefix(reader, "s3://train/" + key, options)
                .bytes()
                .doOnNext(chunks::add)
                .contextWrite(monitor.watch())
                .then()
                .block(Patience.PATIENCE);
        return join(chunks);
    }

    private byte[] read(String key) {
        return read(key, OPTIONS);
    }

    private void failsWith(String key, S3ReadOptions options, String... texts) {
        assertThatThrownBy(() -> read(key, options))
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining("s3://train/" + key)
                .hasMessageContainingAll(texts)
                .message()
                .hasLineCount(1);
        assertThat(monitor.verifiedBytes()).isZero();
    }

    /** Lists with the ordinary options, because a listing that takes long is not requested again. */
    private byte[] readListed(String key, S3ReadOptions options) {
        chunks.clear();
        S3Channels.read(
                        reader,
                        S3Channels.prefix(reader, "s3://train/" + key, OPTIONS).list(),
                        options)
                .concatMap(ObjectBytes::bytes)
                .doOnNext(chunks::add)
                .contextWrite(monitor.watch())
                .then()
                .block(Patience.PATIENCE);
        return join(chunks);
    }

    private void isVerified(String key, byte[] expected, S3ReadOptions options) {
        isVerified(expected, () -> read(key, options));
    }

    private void isVerified(byte[] expected, Supplier<byte[]> reading) {
        long before = monitor.verifiedBytes();
        assertThat(Arrays.equals(reading.get(), expected)).isTrue();
        assertThat(monitor.verifiedBytes() - before).isEqualTo(expected.length);
    }

    private void isNotVerified(String key, byte[] expected, S3ReadOptions options) {
        assertThat(Arrays.equals(read(key, options), expected)).isTrue();
        assertThat(monitor.verifiedBytes()).isZero();
    }

    // == objects of one part ==

    @ParameterizedTest
    @EnumSource(names = {"CRC32", "CRC32C"})
    void anObjectOfOnePartTakesOnePlainGet(SumKind kind) {
        store.kind(kind);
        isVerified("p/one", ONE, OPTIONS);
        assertThat(store.heads()).isEmpty();
        assertThat(store.gets())
                .singleElement()
                .satisfies(get -> assertThat(get.headers())
                        .doesNotContainKey("range")
                        .containsEntry("x-amz-checksum-mode", "ENABLED")
                        .hasEntrySatisfying(
                                "authorization", it -> assertThat(it).contains("x-amz-checksum-mode")));
    }

    @Test
    void anAlteredPartIsFetchedAgainBeforeItsFirstByteIsHandedOn() {
        store.flip(10, 1);
        isVerified("p/one", ONE, OPTIONS);
        assertThat(store.gets()).hasSize(2);
        assertThat(monitor.queuedBytes()).isZero();
    }

    @Test
    void aPartThatIsAlteredInEveryTryIsAnErrorWithoutAByte() {
        store.flip(59_999, Integer.MAX_VALUE);
        failsWith("p/one", OPTIONS, "expected CRC32C " + ChecksumStore.sum(SumKind.CRC32C, ONE) + ", but got ");
        assertThat(chunks).isEmpty();
        assertThat(store.gets()).hasSize(1 + 2);
        assertThat(monitor.queuedBytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 29_999, 30_000, 59_999})
    void theBytesOfAllTriesAreSummed(int flipped) {
        store.flip(flipped, 1).spoil(cuttingEach(30_000, store.flips()));
        isVerified("p/one", ONE, OPTIONS);
        assertThat(store.gets().stream().map(r -> r.headers().get("range"))).contains("bytes=30000-59999");
    }

    /** The first answers of a test end after so many bytes. */
    private static BiConsumer<Request, Answer> cuttingEach(int bytes, BiConsumer<Request, Answer> more) {
        return (request, answer) -> {
            more.accept(request, answer);
            if (request.isGet() && request.number() % 2 == 0) {
                answer.cut(bytes, Answer.Ending.FIN);
            }
        };
    }

    @Test
    void aWrongChecksumIsAnErrorToo() {
        store.states("AAAAAA==");
        failsWith("p/one", OPTIONS, "expected CRC32C AAAAAA==, but got ");
        failsWith("p/many", OPTIONS, "expected CRC32C AAAAAA==, but got ");
        store.states("none of the kind");
        failsWith("p/one", OPTIONS, "expected CRC32C none of the kind");
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 405, 501})
    void aStoreThatRefusesTheModeIsReadByRangesWithoutAskingAgain(int status) {
        store.spoil((request, answer) -> {
            if (request.headers().containsKey("x-amz-checksum-mode")) {
                answer.error(status, "NotImplemented");
            }
        });
        isNotVerified("p/one", ONE, OPTIONS);
        isNotVerified("p/one", ONE, OPTIONS);
        assertThat(store.gets()).hasSize(status == 400 ? 4 : 3);
        failsWith("p/one", OPTIONS.checksums(Checksums.REQUIRE), "the last try got");
    }

    @Test
    void anEmptyObjectNeedsNoChecksum() {
        store.kind(null);
        assertThat(read("p/none", OPTIONS.checksums(Checksums.REQUIRE))).isEmpty();
    }

    // == objects of several parts ==

    @ParameterizedTest
    @EnumSource(names = {"CRC32", "CRC32C"})
    void aLargerObjectTakesOneHeadMore(SumKind kind) {
        store.kind(kind);
        isVerified("p/many", MANY, OPTIONS);
        assertThat(store.gets()).hasSize(5).allMatch(get -> get.headers().containsKey("range"));
        assertThat(store.heads())
                .singleElement()
                .satisfies(head -> assertThat(head.headers())
                        .containsEntry("x-amz-checksum-mode", "ENABLED")
                        .containsKey("if-match"));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, PART - 1, PART, 2 * PART + 5, LARGE - 1})
    void anAlteredByteOfALargerObjectIsAnErrorAtItsEnd(int flipped) {
        store.flip(flipped, 1);
        failsWith(
                "p/many",
                OPTIONS,
                "expected CRC32C " + ChecksumStore.sum(SumKind.CRC32C, MANY) + ", but got ",
                "cannot be trusted",
                "resume point before this object");
        assertThat(join(chunks)).hasSize(LARGE);
    }

    @Test
    void anAlteredByteOfAnyTryOfAnyPartIsAnError() {
        // each time: whether the first answer with the byte is cut before it depends on the order of the GETs
        store.flip(PART + 60_000, Integer.MAX_VALUE).spoil(cuttingEach(50_000, store.flips()));
        failsWith("p/many", OPTIONS, "cannot be trusted");
    }

    @Test
    void anObjectOfUnknownSizeIsVerifiedToo() {
        S3ObjectRef unsized = new S3ObjectRef("train", "p/many", ObjectBytes.UNKNOWN_SIZE, null);
        assertThat(all(ObjectBytesFlux.bytes(reader, OPTIONS, unsized, 0).contextWrite(monitor.watch())))
                .isEqualTo(MANY);
        assertThat(monitor.verifiedBytes()).isEqualTo(LARGE);
        store.flip(LARGE - 1, 1);
        assertThatThrownBy(() -> all(ObjectBytesFlux.bytes(reader, OPTIONS, unsized, 0)))
                .hasMessageContaining("cannot be trusted");
    }

    @Test
    void theChecksumOfAnotherVersionIsNoneOfThisOne() {
        store.spoil((request, answer) -> {
            if (request.method().equals("HEAD")) {
                answer.header("ETag", "\"another\"");
            }
        });
        failsWith("p/many", OPTIONS, "the object changed while it was read");
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 403, 405, 501})
    void anObjectWhoseHeadIsRefusedHasNoChecksum(int status) {
        spoilHeads(answer -> answer.status(status));
        isNotVerified("p/many", MANY, OPTIONS);
        failsWith("p/many", OPTIONS.checksums(Checksums.REQUIRE), "expected a checksum", "the store refuses HEADs");
        assertThat(chunks).isEmpty();
    }

    @Test
    void aHeadThatFailsIsSentAgainAndThenAnError() {
        store.spoil((request, answer) -> {
            if (request.method().equals("HEAD") && request.number() < 2) {
                answer.status(503);
            }
        });
        isVerified("p/many", MANY, OPTIONS);
        assertThat(store.heads()).hasSize(3);
        spoilHeads(answer -> answer.status(500));
        assertThatThrownBy(() -> read("p/many")).hasMessageContainingAll("expected the object's checksum", "500");
        assertThat(join(chunks)).hasSize(LARGE);
        assertThat(store.heads()).hasSize(3 + 3);
        spoilHeads(answer -> answer.status(404));
        assertThatThrownBy(() -> read("p/many")).hasMessageContaining("the object is gone");
        spoilHeads(answer -> answer.status(412));
        assertThatThrownBy(() -> read("p/many")).hasMessageContaining("the object changed");
    }

    private void spoilHeads(java.util.function.Consumer<Answer> spoil) {
        store.spoil((request, answer) -> {
            if (request.method().equals("HEAD")) {
                spoil.accept(answer);
            }
        });
    }

    @Test
    void aHeadThatIsNotAnsweredIsSentAgainAndThenAnError() {
        S3ReadOptions impatient =
                OPTIONS.noProgressTimeout(Duration.ofMillis(300)).retries(300);
        store.spoil((request, answer) -> {
            if (request.method().equals("HEAD") && request.number() == 0) {
                answer.cut(-1, Answer.Ending.STALL);
            }
        });
        isVerified(MANY, () -> readListed("p/many", impatient));
        spoilHeads(answer -> answer.cut(-1, Answer.Ending.STALL));
        assertThatThrownBy(() -> readListed("p/many", impatient.retries(1)))
                .hasMessageContainingAll("expected the object's checksum", "no response arrived for 300 ms");
    }

    @Test
    void aCancelDuringTheHeadLeavesNoConnection() {
        spoilHeads(answer -> answer.cut(-1, Answer.Ending.STALL));
        for (int i = 1; i <= 3; i++) {
            int heads = i;
            chunks.clear();
            Disposable reading = S3Channels.prefix(reader, "s3://train/p/many", OPTIONS)
                    .bytes()
                    .doOnNext(chunks::add)
                    .subscribe();
            await().until(() -> store.heads().size() == heads && join(chunks).length == LARGE);
            assertThat(reading.isDisposed()).isFalse();
            reading.dispose();
            await().until(() -> store.stalled() == 0);
        }
        assertThat(read("p/many", OPTIONS.checksums(Checksums.OFF))).isEqualTo(MANY);
    }

    @ParameterizedTest
    @EnumSource
    void whateverIsThrownForTheHeadEndsTheRead(Thrown thrown) {
        S3ReadOptions options = OPTIONS.onRequest(request -> {
            if (Thread.currentThread().getStackTrace()[3].getClassName().contains("ObjectHeads")) {
                Thrown.sneak(thrown.make());
            }
        });
        assertThatThrownBy(() -> read("p/many", options))
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContainingAll("expected the object's checksum", "thrown by a test");
    }

    @Test
    void anObjectThatIsEnteredInsideIsNotVerified() {
        ObjectBytes object = S3Channels.prefix(reader, "s3://train/p/many", OPTIONS)
                .objects()
                .single()
                .block();
        store.flip(LARGE - 1, 1);
        assertThat(all(object.bytes(5).contextWrite(monitor.watch()))).hasSize(LARGE - 5);
        assertThat(store.heads()).isEmpty();
        assertThat(monitor.verifiedBytes()).isZero();
        assertThat(all(object.bytes(LARGE))).isEmpty();
    }

    @Test
    void requireRefusesToEnterAnObjectInside() {
        ObjectBytes object = S3Channels.prefix(reader, "s3://train/p/many", OPTIONS.checksums(Checksums.REQUIRE))
                .objects()
                .single()
                .block();
        assertThatThrownBy(() -> all(object.bytes(5)))
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContainingAll("from byte 5", "s3://train/p/many");
        assertThat(all(object.bytes(LARGE))).isEmpty();
        assertThat(all(object.bytes())).isEqualTo(MANY);
    }

    // == which checksums ==

    @ParameterizedTest
    @EnumSource(names = {"CRC64NVME", "SHA1", "SHA256"})
    void aChecksumThatCostsMuchIsComputedOnlyIfRequired(SumKind kind) {
        store.kind(kind);
        if (!SumKind.of(Checksums.WHEN_AVAILABLE).contains(kind)) {
            isNotVerified("p/one", ONE, OPTIONS);
            isNotVerified("p/many", MANY, OPTIONS);
        }
        S3ReadOptions require = OPTIONS.checksums(Checksums.REQUIRE);
        isVerified("p/one", ONE, require);
        isVerified("p/many", MANY, require);
        store.flip(LARGE - 1, 1);
        assertThatThrownBy(() -> read("p/many", require)).hasMessageContainingAll("expected " + kind, "but got ");
        store.flip(7, Integer.MAX_VALUE);
        assertThatThrownBy(() -> read("p/one", require)).hasMessageContainingAll("expected " + kind, "but got ");
    }

    @ParameterizedTest
    @EnumSource(SumKind.class)
    void allComparesEveryKindAndReadsObjectsWithoutAny(SumKind kind) {
        S3ReadOptions all = OPTIONS.checksums(Checksums.ALL);
        store.kind(kind);
        isVerified("p/one", ONE, all);
        isVerified("p/many", MANY, all);
        store.flip(LARGE - 1, 1);
        assertThatThrownBy(() -> read("p/many", all)).hasMessageContainingAll("expected " + kind, "but got ");
        store.flip(7, Integer.MAX_VALUE);
        assertThatThrownBy(() -> read("p/one", all)).hasMessageContainingAll("expected " + kind, "but got ");
        store.kind(null).flip(7, 0);
        assertThat(read("p/one", all)).isEqualTo(ONE);
        assertThat(read("p/many", all)).isEqualTo(MANY);
        ObjectBytes object = S3Channels.prefix(reader, "s3://train/p/many", all)
                .objects()
                .single()
                .block();
        assertThat(all(object.bytes(5))).hasSize(LARGE - 5);
    }

    @Test
    void allReadsWhereTheModeIsRefused() {
        store.spoil((request, answer) -> {
            if (request.headers().containsKey("x-amz-checksum-mode")) {
                answer.error(501, "NotImplemented");
            }
        });
        isNotVerified("p/one", ONE, OPTIONS.checksums(Checksums.ALL));
        isNotVerified("p/many", MANY, OPTIONS.checksums(Checksums.ALL));
    }

    @Test
    void aChecksumOfPartsOfUnknownSizesIsNoneOfTheObject() {
        isComposite("AAAAAA==-2", "FULL_OBJECT");
        isComposite("AAAAAA==-2", null);
        isComposite("AAAAAA==", "COMPOSITE");
        isComposite("AAAAAA==", null); // the ETag is that of a multipart upload
        isComposite("AAAAAA==-0", "COMPOSITE");
    }

    private void isComposite(String value, String type) {
        store.states(value).type(type);
        for (String key : List.of("p/one", "p/many")) {
            isNotVerified(key, key.equals("p/one") ? ONE : MANY, OPTIONS);
            failsWith(key, OPTIONS.checksums(Checksums.REQUIRE), "expected a checksum");
        }
    }

    @Test
    void noHeadIsSentIfTheListingStatesAKindThatIsNotComputed() {
        store.kind(SumKind.SHA256).lists("SHA256");
        isNotVerified("p/many", MANY, OPTIONS);
        assertThat(all(S3Channels.prefix(reader, "s3://train/p/many", OPTIONS)
                        .shuffle(1)
                        .bytes()))
                .isEqualTo(MANY);
        assertThat(store.heads()).isEmpty();
        isVerified("p/many", MANY, OPTIONS.checksums(Checksums.REQUIRE));
        assertThat(store.heads()).hasSize(1);
        store.kind(SumKind.CRC32).lists("CRC32");
        isVerified("p/many", MANY, OPTIONS);
        assertThat(store.heads()).hasSize(2);
        store.lists("XXHASH9");
        isVerified("p/one", ONE, OPTIONS); // the answer to its GET states another
        assertThatThrownBy(() -> read("p/many", OPTIONS.checksums(Checksums.REQUIRE)))
                .hasMessageContaining("the listing states XXHASH9");
        assertThat(chunks).isEmpty();
        assertThat(store.heads()).hasSize(2);
    }

    // == verified first ==

    @Test
    void anObjectOfSeveralPartsIsVerifiedBeforeItsFirstByteIfThatIsAskedFor() {
        S3ReadOptions first = OPTIONS.windowBytes(2 * LARGE).verifyFirst(LARGE);
        isVerified("p/many", MANY, first);
        assertThat(store.heads()).isEmpty();
        assertThat(store.gets())
                .singleElement()
                .satisfies(get -> assertThat(get.headers()).doesNotContainKey("range"));
        store.flip(LARGE - 1, 1);
        isVerified("p/many", MANY, first);
        store.flip(LARGE - 1, Integer.MAX_VALUE);
        assertThatThrownBy(() -> read("p/many", first)).hasMessageContaining("not those that were stored");
        assertThat(chunks).isEmpty();
        assertThat(read("p/many", first.checksums(Checksums.OFF))).hasSize(LARGE);
        assertThat(store.gets()).hasSize(1 + 2 + 3 + 5);
    }

    @Test
    void anObjectThatIsVerifiedFirstIsReadInPartsFromAnOffset() {
        ObjectBytes object = S3Channels.prefix(
                        reader,
                        "s3://train/p/many",
                        OPTIONS.windowBytes(2 * LARGE).verifyFirst(LARGE))
                .objects()
                .single()
                .block();
        assertThat(all(object.bytes(5))).isEqualTo(Arrays.copyOfRange(MANY, 5, LARGE));
        assertThat(store.gets()).hasSize(5);
    }

    @Test
    void aLargerObjectThanThoseThatAreVerifiedFirstIsReadInParts() {
        isVerified("p/many", MANY, OPTIONS.windowBytes(2 * LARGE).verifyFirst(LARGE - 1));
        assertThat(store.gets()).hasSize(5);
    }

    @Test
    void noMoreThanHalfOfTheWindowIsVerifiedFirst() {
        S3ReadOptions half = OPTIONS.windowBytes(100).verifyFirst(50);
        assertThatThrownBy(() -> half.verifyFirst(51)).hasMessageContainingAll("at most half", "50", "51");
        assertThatThrownBy(() -> half.windowBytes(99)).hasMessageContainingAll("at most half", "49", "50");
        assertThatThrownBy(() -> half.verifyFirst(-1)).hasMessageContaining("-1");
        assertThat(half).hasToString(half.verifyFirst(50).toString()).asString().contains("up to 50 bytes");
    }

    @Test
    void withoutAChecksumOnlyRequireFails() {
        store.kind(null);
        isNotVerified("p/one", ONE, OPTIONS);
        isNotVerified("p/many", MANY, OPTIONS);
        failsWith("p/one", OPTIONS.checksums(Checksums.REQUIRE), "the store states none");
        failsWith("p/many", OPTIONS.checksums(Checksums.REQUIRE), "the store states none");
        assertThat(chunks).isEmpty();
    }

    @Test
    void offAsksForNothing() {
        store.flip(5, 1);
        assertThat(read("p/many", OPTIONS.checksums(Checksums.OFF))).hasSize(LARGE);
        assertThat(read("p/one", OPTIONS.checksums(Checksums.OFF))).isEqualTo(ONE);
        assertThat(store.heads()).isEmpty();
        assertThat(store.gets())
                .allSatisfy(
                        get -> assertThat(get.headers()).containsKey("range").doesNotContainKey("x-amz-checksum-mode"));
    }

    // == manifests ==

    @Test
    void theHeadsOfAManifestsObjectsBringTheirChecksums() {
        S3Channel channel = S3Channels.manifest(reader, "s3://train/list", OPTIONS);
        assertThat(all(channel.bytes().contextWrite(monitor.watch()))).hasSize(LARGE + ONE.length);
        assertThat(monitor.verifiedBytes()).isEqualTo(LARGE + ONE.length);
        assertThat(store.heads()).hasSize(3);
        store.flip(LARGE - 1, 1);
        assertThatThrownBy(() -> all(channel.bytes())).hasMessageContaining("cannot be trusted");
    }

    @Test
    void aManifestsObjectsAreReadWhereTheModeIsNotSupported() {
        store.spoil((request, answer) -> {
            if (request.headers().containsKey("x-amz-checksum-mode")) {
                answer.error(501, "NotImplemented");
            }
        });
        S3Channel channel = S3Channels.manifest(reader, "s3://train/list", OPTIONS);
        assertThat(all(channel.bytes().contextWrite(monitor.watch()))).hasSize(LARGE + ONE.length);
        assertThat(monitor.verifiedBytes()).isZero();
    }
}
