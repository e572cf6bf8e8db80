package io.pipeflux.records.tfrecord;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.DeadLetter;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SkipPolicy;
import io.pipeflux.core.codec.FrameFormat;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class TfRecordSkipTest {

    private static final int FRAME_BYTES = 12 + 5 + 4;

    private final List<DeadLetter> letters = new ArrayList<>();
    private final FrameFormat<RawRecord> skipping =
            TfRecords.format().onCorrupt(SkipPolicy.skip(1, 10).deadLetters(letters::add));

    private static byte[] records() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Flux.just("zero.", "one..", "two..")
                .map(text -> ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)))
                .transform(TfRecords.encode())
                .doOnNext(frame -> out.write(frame.array(), frame.arrayOffset() + frame.position(), frame.remaining()))
                .blockLast();
        return out.toByteArray();
    }

    @Test
    void aRecordWhoseDataDoNotMatchTheirChecksumCanBeSkipped() {
        byte[] bytes = records();
        bytes[FRAME_BYTES + 14] ^= 1;
        Flux.just(ByteBuffer.wrap(bytes))
                .transform(skipping.decode())
                .map(record -> record.position().recordOrdinal())
                .as(StepVerifier::create)
                .expectNext(0L, 2L)
                .verifyComplete();
        assertThat(letters).singleElement().satisfies(letter -> {
            assertThat(letter.bytes().remaining()).isEqualTo(FRAME_BYTES);
            assertThat(letter.position().byteOffset()).isEqualTo(FRAME_BYTES);
        });
    }

    @Test
    void aRecordWhoseLengthDoesNotMatchItsChecksumCannot() {
        byte[] bytes = records();
        bytes[FRAME_BYTES] ^= 1;
        Flux.just(ByteBuffer.wrap(bytes))
                .transform(skipping.decode())
                .as(StepVerifier::create)
                .expectNextCount(1)
                .verifyError(CorruptRecordException.class);
        assertThat(letters).isEmpty();
    }

    @Test
    void aFirstLengthOfAllOnesWithAChecksumOfZeroIsNoRecord() {
        byte[] bytes = new byte[16];
        Arrays.fill(bytes, 0, 8, (byte) 0xff);
        Flux.just(ByteBuffer.wrap(bytes))
                .transform(TfRecords.decode())
                .as(StepVerifier::create)
                .verifyError(CorruptRecordException.class);
    }
}
