package io.pipeflux.core.codec;

import static io.pipeflux.core.suite.ByteFrames.frames;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.DeadLetter;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SkipPolicy;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.suite.ByteFrames;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class SkipPolicyTest {

    /** A length byte and a payload, which is corrupt if it begins with an exclamation mark. */
    private static final FrameFormat<RawRecord> FORMAT = FrameFormat.of("Marked", () -> in -> {
        if (!in.ensure(1)) {
            return null;
        }
        int length = in.array()[in.position()];
        if (length < 0) {
            throw in.corrupt("negative length");
        }
        if (!in.ensure(1 + length)) {
            return null;
        }
        if (length > 0 && in.array()[in.position() + 1] == '!') {
            throw in.corruptFrame(1 + length, "marked");
        }
        return in.record(1 + length, 1, length);
    });

    private static Flux<ByteBuffer> bytes(String... payloads) {
        return Flux.just(ByteBuffer.wrap(frames(payloads)));
    }

    @Test
    void byDefaultTheFirstCorruptRecordFails() {
        bytes("a", "!b", "c")
                .transform(FORMAT.decode())
                .map(ByteFrames::text)
                .as(StepVerifier::create)
                .expectNext("a")
                .verifyErrorMessage("Marked: marked (unnamed stream, epoch 0, byte 2, record 1) [PF-RECORD-03]");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 100})
    void skipsWithinItsLimitsAndHandsOverWhatItSkips(int chunk) {
        List<DeadLetter> letters = new ArrayList<>();
        Flux.fromIterable(ByteFrames.chunks(frames("a", "!b", "!c", "d", "!e"), chunk))
                .transform(FORMAT.onCorrupt(SkipPolicy.skip(2, 3).deadLetters(letters::add))
                        .decode())
                .as(StepVerifier::create)
                .assertNext(r -> assertThat(r.position().recordOrdinal()).isZero())
                .assertNext(r -> {
                    assertThat(ByteFrames.text(r)).isEqualTo("d");
                    assertThat(r.position().recordOrdinal()).isEqualTo(3);
                    assertThat(r.position().byteOffset()).isEqualTo(8);
                })
                .verifyComplete();
        assertThat(letters)
                .extracting(letter -> StandardCharsets.UTF_8
                        .decode(letter.bytes().duplicate())
                        .toString())
                .containsExactly("\u0002!b", "\u0002!c", "\u0002!e");
        assertThat(letters.get(1).position().byteOffset()).isEqualTo(5);
    }

    @Test
    void tooManyInARowFail() {
        bytes("a", "!b", "!c", "!d", "e")
                .transform(FORMAT.onCorrupt(SkipPolicy.skip(2, 100)).decode())
                .as(StepVerifier::create)
                .expectNextCount(1)
                .verifyErrorSatisfies(e -> {
                    assertThat(e).isInstanceOf(CorruptRecordException.class).hasMessageContaining("record 3");
                    assertThat(e.getSuppressed()[0])
                            .hasMessageContaining("2 of 4 records were skipped before this one");
                });
    }

    @Test
    void tooManyInTotalFailAcrossTheObjectsOfAnEpoch() {
        FrameFormat<RawRecord> format = FORMAT.onCorrupt(SkipPolicy.skip(5, 2));
        Flux<ObjectBytes> objects =
                Flux.range(0, 3).map(i -> ObjectBytes.of("object-" + i, i, 5, null, from -> bytes("!x", "y")));
        objects.transform(format.decodeObjects())
                .as(StepVerifier::create)
                .expectNextCount(2)
                .verifyErrorSatisfies(e -> assertThat(e).hasMessageContaining("object-2"));
    }

    @Test
    void aRecordWhoseLengthIsWrongIsNeverSkipped() {
        byte[] bytes = frames("a", "b");
        bytes[2] = -1;
        Flux.just(ByteBuffer.wrap(bytes))
                .transform(FORMAT.onCorrupt(SkipPolicy.skip(9, 9)).decode())
                .as(StepVerifier::create)
                .expectNextCount(1)
                .verifyErrorSatisfies(e -> assertThat(e).hasMessageContaining("negative length"));
    }

    @Test
    void aTruncatedTailIsNeverSkipped() {
        Flux.just(ByteBuffer.wrap(frames("a", "!bcd"), 0, 5))
                .transform(FORMAT.onCorrupt(SkipPolicy.skip(9, 9)).decode())
                .as(StepVerifier::create)
                .expectNextCount(1)
                .verifyError(TruncatedInputException.class);
    }

    @Test
    void whatTheReceiverOfDeadLettersThrowsFailsTheStream() {
        SkipPolicy policy = SkipPolicy.skip(1, 1).deadLetters(letter -> {
            throw new IllegalStateException("full");
        });
        bytes("!a")
                .transform(FORMAT.onCorrupt(policy).decode())
                .as(StepVerifier::create)
                .verifyErrorMessage("full");
    }

    @Test
    void aResumedStreamCountsSkippedRecordsAsItDidBefore() {
        FrameFormat<RawRecord> format = FORMAT.onCorrupt(SkipPolicy.skip(9, 9));
        Flux<RawRecord> records = bytes("a", "!b", "c", "!d", "e").transform(format.decode());
        RawRecord second = records.elementAt(1).block();
        records.contextWrite(Pass.resumeAt(second.resumeAt()))
                .as(StepVerifier::create)
                .assertNext(r -> assertThat(r.position().recordOrdinal()).isEqualTo(4))
                .verifyComplete();
    }

    @Test
    void refusesLimitsThatSkipNothing() {
        assertThatThrownBy(() -> SkipPolicy.skip(0, 1)).hasMessageContaining("0 and 1");
    }

    @Test
    void theMonitorCountsGoodRecordsAndSkippedOnes() {
        PipelineMonitor monitor = PipelineMonitor.create("train");
        bytes("a", "!b", "c", "d")
                .transform(FORMAT.onCorrupt(SkipPolicy.skip(1, 1)).decode())
                .contextWrite(monitor.watch())
                .as(flux -> StepVerifier.create(flux, 1))
                .expectNextCount(1)
                .then(() -> assertThat(monitor.records()).isEqualTo(1))
                .thenRequest(Long.MAX_VALUE)
                .expectNextCount(2)
                .verifyComplete();
        assertThat(monitor.records()).isEqualTo(3);
        assertThat(monitor.badRecords()).isEqualTo(1);
    }
}
