package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import io.pipeflux.s3.test.Answer;
import io.pipeflux.s3.test.S3Server;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
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

/** Objects whose checksum is the sum of the checksums of the parts in which they were uploaded. */
@Execution(ExecutionMode.CONCURRENT) // most of them wait
class CompositeChecksumTest extends S3Test {

    private static final int MIB = 1 << 20;
    private static final int SIZE = 11 * MIB + 17;
    private static final int LAST = SIZE - 10 * MIB;
    private static final byte[] BYTES = S3Server.bytes(SIZE, 3);

    private static final S3ReadOptions OPTIONS =
            S3ReadOptions.defaults().partSize(3_000_001).retries(2);

    private final PipelineMonitor monitor = PipelineMonitor.create("train");
    private final List<ByteBuffer> chunks = new CopyOnWriteArrayList<>();
    private ChecksumStore store;
    private S3AsyncClient reader;

    @BeforeEach
    void startStore() throws IOException {
        store = new ChecksumStore(Map.of("o", BYTES)).parts(5 * MIB, 5 * MIB, LAST);
        reader = server.plainClient(store.port(), ReactorNettyHttpClient.builder());
    }

    @AfterEach
    void stopStore() throws IOException {
        store.close();
    }

    private byte[] read(S3ReadOptions options) {
        chunks.clear();
        S3Channels.prefix(reader, "s3://train/o", options)
                .bytes()
                .doOnNext(chunks::add)
                .contextWrite(monitor.watch())
                .then()
                .block(Patience.PATIENCE);
        return join(chunks);
    }

    private void isVerified(S3ReadOptions options) {
        long before = monitor.verifiedBytes();
        assertThat(Arrays.equals(read(options), BYTES)).isTrue();
        assertThat(monitor.verifiedBytes() - before).isEqualTo(SIZE);
    }

    private void isNotVerified(S3ReadOptions options) {
        assertThat(Arrays.equals(read(options), BYTES)).isTrue();
        assertThat(monitor.verifiedBytes()).isZero();
    }

    private void failsWith(S3ReadOptions options, String... texts) {
        assertThatThrownBy(() -> read(options))
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining("s3://train/o")
                .hasMessageContainingAll(texts);
        assertThat(monitor.verifiedBytes()).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"CRC32", "CRC32C", "CRC64NVME"})
    void partsOfWholeMiBAreVerifiedWithoutAFurtherRequest(SumKind kind) {
        store.kind(kind);
        isVerified(OPTIONS.checksums(Checksums.REQUIRE));
        isVerified(OPTIONS.partSize(MIB).checksums(Checksums.REQUIRE));
        assertThat(store.heads()).hasSize(2);
        store.parts(6 * MIB, SIZE - 6 * MIB);
        isVerified(OPTIONS.partSize(SIZE).checksums(Checksums.REQUIRE));
        store.parts(SIZE);
        isVerified(OPTIONS.partSize(SIZE).checksums(Checksums.REQUIRE));
        assertThat(store.heads()).hasSize(2);
        isVerified(OPTIONS.checksums(Checksums.REQUIRE));
        assertThat(store.heads()).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {5 * MIB, 10 * MIB - 1})
    void anAlteredByteIsAnErrorThatNamesItsPartAndTheLastPlaceToTrust(int flipped) {
        store.flip(flipped, 1);
        failsWith(
                OPTIONS,
                "bytes " + 5 * MIB + " to " + (10 * MIB - 1),
                "expected CRC32C " + ChecksumStore.sum(SumKind.CRC32C, Arrays.copyOfRange(BYTES, 5 * MIB, 10 * MIB)),
                "at most at its byte " + 5 * MIB);
        assertThat(join(chunks)).hasSize(SIZE);
        assertThat(store.heads().stream().map(head -> head.query().get("partNumber")))
                .contains("1", "2");
    }

    @Test
    void anAlteredByteIsAnErrorIfTheStoreStatesNoChecksumsOfParts() {
        store.flip(SIZE - 1, 1);
        BiHeads heads = new BiHeads(answer -> answer.without("x-amz-checksum-crc32c"));
        heads.install();
        failsWith(OPTIONS, "the object's " + SIZE + " bytes are not those", "cannot be trusted");
    }

    /** Changes the answers to HEADs of parts. */
    private final class BiHeads {

        private final Consumer<Answer> change;

        BiHeads(Consumer<Answer> change) {
            this.change = change;
        }

        void install() {
            var flips = store.flips();
            store.spoil((request, answer) -> {
                flips.accept(request, answer);
                if (request.query().containsKey("partNumber")) {
                    change.accept(answer);
                }
            });
        }
    }

    @Test
    void aChecksumOfUnknownTypeIsThatOfThePartsOrOfTheWhole() {
        store.parts(6 * MIB, SIZE - 6 * MIB).type(null); // the ETag is that of two parts
        String composite = composite(6 * MIB);
        for (String value : List.of(composite, ChecksumStore.sum(SumKind.CRC32C, BYTES))) {
            store.states(value);
            isVerified(OPTIONS);
            isVerified(OPTIONS.partSize(SIZE));
        }
        assertThat(store.heads()).hasSize(2);
    }

    private static String composite(int first) {
        SumKind.Sum all = SumKind.CRC32C.start();
        all.update(SumKind.CRC32C.sum(Arrays.copyOf(BYTES, first)), 0, Integer.BYTES);
        all.update(SumKind.CRC32C.sum(Arrays.copyOfRange(BYTES, first, SIZE)), 0, Integer.BYTES);
        return SumKind.text(all.value());
    }

    @Test
    void partsOfUnusualSizesAreNotVerified() {
        store.parts(5_500_000, 5_500_000, SIZE - 11_000_000);
        isNotVerified(OPTIONS);
        assertThat(store.heads()).hasSize(2);
        failsWith(OPTIONS.checksums(Checksums.REQUIRE), "expected a checksum", "part 1 of 5500000 bytes");
    }

    @Test
    void partsOfDifferentSizesOfWholeMiBAreVerifiedAfterHeadsOfAll() {
        store.parts(6 * MIB, 5 * MIB, 17);
        isVerified(OPTIONS);
        store.parts(5 * MIB, MIB, SIZE - 6 * MIB);
        isVerified(OPTIONS);
        store.flip(5 * MIB, 1);
        assertThatThrownBy(() -> read(OPTIONS)).hasMessageContaining("bytes " + 5 * MIB + " to " + (6 * MIB - 1));
    }

    @Test
    void withoutTheSizesOfPartsADifferenceIsNotAnError() {
        store.flip(3, Integer.MAX_VALUE);
        new BiHeads(answer -> answer.status(501)).install();
        assertThat(read(OPTIONS)).hasSize(SIZE);
        failsWith(OPTIONS.checksums(Checksums.REQUIRE), "expected a checksum", "does not state the sizes");
        store.flip(3, Integer.MAX_VALUE);
        new BiHeads(answer -> answer.status(200).header("Content-Length", SIZE)).install();
        assertThat(read(OPTIONS)).hasSize(SIZE);
        failsWith(OPTIONS.checksums(Checksums.REQUIRE), "expected a checksum", "does not state the sizes");
    }

    @Test
    void aHeadOfAPartThatFailsIsAnError() {
        store.flip(3, 1);
        new BiHeads(answer -> answer.status(500)).install();
        failsWith(OPTIONS, "expected the object's checksum", "500");
        assertThat(store.heads()).hasSize(1 + 3);
        new BiHeads(answer -> answer.status(412)).install();
        store.flip(3, 1);
        assertThatThrownBy(() -> read(OPTIONS)).isInstanceOf(ObjectReadException.class);
    }

    @Test
    void aCancelDuringTheHeadsOfPartsLeavesNoConnection() {
        store.flip(3, 1);
        new BiHeads(answer -> answer.cut(-1, Answer.Ending.STALL)).install();
        Disposable reading =
                S3Channels.prefix(reader, "s3://train/o", OPTIONS).bytes().subscribe();
        await().until(() -> store.heads().size() == 2);
        assertThat(reading.isDisposed()).isFalse();
        reading.dispose();
        await().until(() -> store.stalled() == 0);
    }

    @Test
    void partsOfAnObjectOfOnePartAreVerifiedBeforeTheFirstByteIfTheirSizesAreUsual() {
        store.flip(3, 1);
        S3ReadOptions onePart = OPTIONS.partSize(SIZE);
        failsWith(onePart, "bytes 0 to " + (5 * MIB - 1));
        assertThat(store.gets()).hasSize(1);
        isVerified(onePart);
        store.parts(5_500_000, SIZE - 5_500_000);
        assertThat(read(onePart)).hasSize(SIZE);
        assertThat(monitor.verifiedBytes()).isEqualTo(SIZE);
    }

    @Test
    void digestsOfPartsAreVerifiedIfTheyAreReadAsTheyWereUploaded() {
        S3ReadOptions require = OPTIONS.partSize(5 * MIB).checksums(Checksums.REQUIRE);
        store.kind(SumKind.SHA256);
        isVerified(require);
        store.flip(6 * MIB, 1);
        assertThatThrownBy(() -> read(require)).hasMessageContaining("bytes " + 5 * MIB + " to " + (10 * MIB - 1));
        failsWithUnusual(require.partSize(4 * MIB));
        failsWithUnusual(require.partSize(SIZE));
        store.parts(SIZE);
        isVerified(require.partSize(SIZE));
    }

    @Test
    void digestsOfPartsAreVerifiedHoweverSmallTheWindowMakesTheParts() {
        S3ReadOptions require = OPTIONS.partSize(5 * MIB).checksums(Checksums.REQUIRE);
        store.kind(SumKind.SHA1);
        isVerified(require.windowBytes(8 * MIB)); // GETs of 4 MiB
        isVerified(require.windowBytes(3 * MIB + 1));
        isVerified(require.verifyFirst(SIZE));
        assertThat(store.heads()).hasSize(2); // none of the parts
        store.flip(6 * MIB, 1);
        failsWithPart(require.windowBytes(8 * MIB), 5 * MIB, 10 * MIB - 1);
    }

    @Test
    void digestsOfPartsAreVerifiedIfTheirNumberShowsTheirSize() {
        Integer[] sizes = new Integer[12];
        Arrays.fill(sizes, MIB);
        sizes[11] = 17;
        store.kind(SumKind.SHA256).parts(sizes);
        isVerified(OPTIONS.checksums(Checksums.REQUIRE));
        assertThat(store.heads()).hasSize(1);
        store.flip(SIZE - 1, 1);
        failsWithPart(OPTIONS.checksums(Checksums.REQUIRE), 11 * MIB, SIZE - 1);
    }

    private void failsWithPart(S3ReadOptions options, int from, int last) {
        assertThatThrownBy(() -> read(options)).hasMessageContaining("bytes " + from + " to " + last);
    }

    private void failsWithUnusual(S3ReadOptions options) {
        assertThatThrownBy(() -> read(options)).hasMessageContainingAll("expected a checksum", "part 1 of 5242880");
    }
}
