package io.pipeflux.records.recordio;

import static io.pipeflux.records.recordio.TestParts.join;
import static io.pipeflux.records.recordio.TestParts.part;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.test.Chunkings;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** Wrapped objects, and long records of many parts. */
class RecordIoWrapTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 5, 8, 9, 16, 100, PartHeader.MAX_BYTES})
    void anObjectOfAnyLengthIsOneRecord(int maxPart) {
        for (int size = 0; size <= 33; size++) {
            byte[] content = random(size);
            Chunkings.few(content).forEach(chunking -> {
                ObjectBytes object = ObjectBytes.of("k", 0, content.length, null, from -> chunking.bytes());
                byte[] wrapped = join(RecordIo.wrap(maxPart)
                        .apply(object)
                        .map(RecordIoWrapTest::array)
                        .collectList()
                        .block()
                        .toArray(byte[][]::new));

                byte[] encoded = array(Flux.just(ByteBuffer.wrap(content))
                        .transform(RecordIo.encode(Dialect.CONCAT, maxPart))
                        .blockLast());
                assertThat(wrapped).as("%s bytes, %s", content.length, chunking).isEqualTo(encoded);
                assertThat(Flux.just(ByteBuffer.wrap(wrapped))
                                .transform(RecordIo.decode())
                                .map(RawRecord::toByteArray)
                                .collectList()
                                .block())
                        .containsExactly(content);
            });
        }
    }

    @Test
    void theHeaderComesFirstAndChunksPassAsTheyAreAskedFor() {
        AtomicLong requested = new AtomicLong();
        ByteBuffer chunk = ByteBuffer.wrap(new byte[] {1, 2, 3});
        ObjectBytes object = ObjectBytes.of(
                "k", 0, 6, null, from -> Flux.just(chunk, chunk.duplicate()).doOnRequest(requested::addAndGet));

        StepVerifier.create(RecordIo.wrap().apply(object), 0)
                .thenRequest(1)
                .expectNext(ByteBuffer.wrap(Arrays.copyOf(part(0, new byte[6]), 8)))
                .then(() -> assertThat(requested).hasValue(0))
                .thenRequest(1)
                .assertNext(passed -> assertThat(passed.array()).isSameAs(chunk.array())) // a view, not a copy
                .then(() -> assertThat(requested).hasValue(1))
                .thenRequest(2)
                .expectNextCount(1)
                .expectNext(ByteBuffer.allocate(2))
                .verifyComplete();
    }

    @Test
    void anObjectOfOtherLengthThanItsSizeCannotBeWrapped() {
        StepVerifier.create(RecordIo.wrap().apply(object(6, 5)))
                .expectNextCount(2)
                .verifyErrorSatisfies(
                        error -> assertThat(error)
                                .isInstanceOf(ObjectReadException.class)
                                .hasMessage(
                                        "RecordIO: the object cannot be wrapped, because it had 5 of its 6 bytes (k) [PF-OBJECT-05]"));
        StepVerifier.create(RecordIo.wrap().apply(object(6, 7)))
                .expectNextCount(1)
                .verifyErrorMessage(
                        "RecordIO: the object cannot be wrapped, because it had more than its 6 bytes (k) [PF-OBJECT-05]");
        StepVerifier.create(RecordIo.wrap().apply(object(0, 1)))
                .expectNextCount(1)
                .verifyError(ObjectReadException.class);
    }

    @Test
    void anObjectOfUnknownSizeCannotBeWrapped() {
        StepVerifier.create(RecordIo.wrap().apply(object(ObjectBytes.UNKNOWN_SIZE, 5)))
                .verifyErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("known size"));
    }

    @Test
    void aLongRecordOfManyPartsIsAllocatedOnce() {
        int size = 64 << 20;
        byte[] content = random(size);
        for (int maxPart : new int[] {1 << 20, 10_001, (64 << 10) - 8}) {
            byte[] bytes = array(Flux.just(ByteBuffer.wrap(content))
                    .transform(RecordIo.encode(Dialect.CONCAT, maxPart))
                    .blockLast());
            List<ByteBuffer> chunks =
                    new ArrayList<>(Chunkings.ofSize(bytes, 64 << 10).chunks());

            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            RawRecord record =
                    Flux.fromIterable(chunks).transform(RecordIo.decode()).blockLast();
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;

            assertThat(record.toByteArray()).isEqualTo(content);
            assertThat(allocated).as("parts of %s", maxPart).isLessThan(2L * size + (4 << 20));
        }
    }

    private static ObjectBytes object(long size, int bytes) {
        return ObjectBytes.of("k", 0, size, null, from -> Flux.just(ByteBuffer.allocate(bytes)));
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private static byte[] array(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
