package io.pipeflux.records.tfrecord;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.Position;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.operator.PipeOperators;
import io.pipeflux.core.test.Chunkings;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** Objects, positions in them, and beginning again behind any record. */
class TfRecordResumeTest {

    private static final List<List<String>> OBJECTS =
            List.of(List.of("a", "", "hello"), List.of(), List.of("foo"), List.of("x".repeat(40), "b"));

    @Test
    void positionsNameTheObjectAndOrdinalsRunOn() {
        List<RawRecord> records =
                objects(7).transform(TfRecords.decodeObjects()).collectList().block();

        assertThat(records.stream().map(RawRecord::position))
                .containsExactly(
                        new Position(0, 0, 0, 0),
                        new Position(0, 0, 17, 1),
                        new Position(0, 0, 33, 2),
                        new Position(0, 2, 0, 3),
                        new Position(0, 3, 0, 4),
                        new Position(0, 3, 56, 5));
        assertThat(records.stream().map(RawRecord::source))
                .containsExactly("object-0", "object-0", "object-0", "object-2", "object-3", "object-3");
    }

    @Test
    void aTruncatedObjectIsNamedThoughMoreObjectsFollow() {
        Flux<ObjectBytes> objects =
                Flux.range(0, 3).map(i -> object(i, i == 1 ? cut(frames("foo")) : frames("foo"), 5));

        StepVerifier.create(objects.transform(TfRecords.decodeObjects()))
                .expectNextCount(1)
                .verifyErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(TruncatedInputException.class)
                        .hasMessage("TFRecord: truncated record: the input ended after 18 of 19 bytes"
                                + " (object-1, epoch 0, object 1, byte 0, record 1)"));
    }

    @Test
    void aStreamResumesBehindAnyRecordWithExactlyTheRest() {
        byte[] bytes = frames(OBJECTS.stream().flatMap(List::stream).toArray(String[]::new));
        for (int chunk : new int[] {1, 5, bytes.length}) {
            assertResumes(Chunkings.ofSize(bytes, chunk).bytes().transform(TfRecords.decode()));
        }
    }

    @Test
    void objectsResumeBehindAnyRecordWithExactlyTheRest() {
        for (int chunk : new int[] {1, 5, 1000}) {
            assertResumes(objects(chunk).transform(TfRecords.decodeObjects()));
        }
    }

    @Test
    void aResumedRunGoesOnWithTheEpochsThatAreLeft() {
        Flux<RawRecord> twoEpochs =
                objects(9).transform(TfRecords.decodeObjects()).transform(PipeOperators.repeat(2));

        assertThat(twoEpochs.collectList().block()).hasSize(12);
        assertResumes(twoEpochs);
    }

    private static void assertResumes(Flux<RawRecord> records) {
        List<RawRecord> all = records.collectList().block();
        for (int i = 0; i < all.size(); i++) {
            List<RawRecord> rest = records.contextWrite(Pass.resumeAt(all.get(i).resumeAt()))
                    .collectList()
                    .block();
            assertThat(rest.stream().map(TfRecordResumeTest::described))
                    .as("behind record %s", i)
                    .containsExactlyElementsOf(all.subList(i + 1, all.size()).stream()
                            .map(TfRecordResumeTest::described)
                            .toList());
        }
    }

    private static String described(RawRecord record) {
        return record + " " + new String(record.toByteArray(), StandardCharsets.UTF_8) + " " + record.resumeAt();
    }

    private static Flux<ObjectBytes> objects(int chunk) {
        List<ObjectBytes> objects = new ArrayList<>();
        IntStream.range(0, OBJECTS.size())
                .forEach(i -> objects.add(object(i, frames(OBJECTS.get(i).toArray(String[]::new)), chunk)));
        return Flux.fromIterable(objects);
    }

    private static ObjectBytes object(int ordinal, byte[] bytes, int chunk) {
        return ObjectBytes.of(
                "object-" + ordinal,
                ordinal,
                bytes.length,
                null,
                from -> Chunkings.ofSize(Arrays.copyOfRange(bytes, (int) from, bytes.length), chunk)
                        .bytes());
    }

    private static byte[] cut(byte[] bytes) {
        return Arrays.copyOf(bytes, bytes.length - 1);
    }

    private static byte[] frames(String... payloads) {
        ByteBuffer all = ByteBuffer.allocate(10_000);
        Flux.just(payloads)
                .map(StandardCharsets.UTF_8::encode)
                .transform(TfRecords.encode())
                .toIterable(1)
                .forEach(all::put);
        return Arrays.copyOf(all.array(), all.position());
    }
}
