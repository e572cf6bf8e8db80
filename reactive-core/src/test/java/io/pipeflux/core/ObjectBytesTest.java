package io.pipeflux.core;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class ObjectBytesTest {

    private static final String TEXT = "0123456789";

    /** Emits the text in chunks of three bytes. */
    private static ObjectBytes object(long size, AtomicInteger cancels) {
        return ObjectBytes.of(
                "a",
                3,
                size,
                "etag",
                from -> Flux.range(0, (int) (TEXT.length() - from + 2) / 3)
                        .map(i -> TEXT.substring((int) from + 3 * i, (int) Math.min(TEXT.length(), from + 3 * i + 3)))
                        .map(chunk -> ByteBuffer.wrap(chunk.getBytes(UTF_8)))
                        .doOnCancel(cancels::incrementAndGet));
    }

    private static String text(Flux<ByteBuffer> bytes) {
        return bytes.map(chunk -> UTF_8.decode(chunk).toString())
                .collect(Collectors.joining())
                .block();
    }

    @Test
    void anObjectEndsAtAnyOffset() {
        for (long size : new long[] {TEXT.length(), ObjectBytes.UNKNOWN_SIZE}) {
            ObjectBytes object = object(size, new AtomicInteger());
            for (int end = 0; end <= TEXT.length(); end++) {
                ObjectBytes part = object.upTo(end);
                assertThat(part.size()).isEqualTo(end);
                assertThat(part.key()).isEqualTo("a");
                assertThat(part.ordinal()).isEqualTo(3);
                assertThat(part.version()).isEqualTo("etag");
                for (int from = 0; from <= end; from++) {
                    assertThat(text(part.bytes(from))).isEqualTo(TEXT.substring(from, end));
                }
            }
        }
    }

    @Test
    void theSourceIsCancelledAtTheEndAlsoWithADemandOfOne() {
        AtomicInteger cancels = new AtomicInteger();
        StepVerifier.create(object(10, cancels).upTo(4).bytes(), 0)
                .thenRequest(1)
                .assertNext(chunk -> assertThat(chunk.remaining()).isEqualTo(3))
                .then(() -> assertThat(cancels).hasValue(0))
                .thenRequest(1)
                .assertNext(chunk -> assertThat(chunk.remaining()).isEqualTo(1))
                .verifyComplete();
        assertThat(cancels).hasValue(1);
    }

    @Test
    void bytesThatEndBeforeAreAnError() {
        StepVerifier.create(object(20, new AtomicInteger()).upTo(15).bytes(2))
                .expectNextCount(3)
                .verifyErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(ObjectReadException.class)
                        .hasMessage("expected bytes up to 15, but the object ended at byte 10 (a) [PF-OBJECT-05]"));
    }

    @Test
    void theEndIsWithinTheObject() {
        ObjectBytes object = object(10, new AtomicInteger());
        for (long end : new long[] {-1, 11, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> object.upTo(end))
                    .withMessageContaining("expected an offset from 0 to 10")
                    .withMessageEndingWith("but got " + end);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> object.upTo(4).bytes(5))
                .withMessageContaining("expected an offset from 0 to 4");
    }
}
