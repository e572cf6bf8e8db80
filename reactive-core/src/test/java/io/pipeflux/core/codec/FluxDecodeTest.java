package io.pipeflux.core.codec;

import static io.pipeflux.core.suite.ByteFrames.FORMAT;
import static io.pipeflux.core.suite.ByteFrames.chunks;
import static io.pipeflux.core.suite.ByteFrames.frames;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.Position;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.internal.RunSubscriber;
import io.pipeflux.core.suite.ByteFrames;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.Scannable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

class FluxDecodeTest {

    @Test
    void requestsOneChunkOnlyWhenARecordIsAskedForThatHasNotArrived() {
        TestPublisher<ByteBuffer> chunks = TestPublisher.create();
        AtomicLong requested = new AtomicLong();
        Flux<RawRecord> records =
                chunks.flux().doOnRequest(requested::addAndGet).transform(FORMAT.decode());
        StepVerifier.create(records, 0)
                .then(() -> assertThat(requested).hasValue(0))
                .thenRequest(1)
                .then(() -> assertThat(requested).hasValue(1))
                .then(() -> chunks.next(ByteBuffer.wrap(frames("a", "b", "c"))))
                .expectNextCount(1)
                .thenRequest(2)
                .expectNextCount(2)
                .then(() -> assertThat(requested).hasValue(1))
                .thenRequest(1)
                .then(() -> assertThat(requested).hasValue(2))
                .then(chunks::complete)
                .verifyComplete();
    }

    @Test
    void completesWithoutFurtherDemandWhenNothingIsLeft() {
        StepVerifier.create(Flux.just(ByteBuffer.wrap(frames("a"))).transform(FORMAT.decode()), 1)
                .expectNextCount(1)
                .verifyComplete();
    }

    @Test
    void keepsRecordsThatNobodyHasAskedForYetWhenTheInputEnds() {
        StepVerifier.create(Flux.just(ByteBuffer.wrap(frames("a", "b"))).transform(FORMAT.decode()), 1)
                .expectNextCount(1)
                .expectNoEvent(Duration.ofMillis(10))
                .thenRequest(1)
                .expectNextCount(1)
                .verifyComplete();
    }

    @Test
    void anErrorComesAfterTheRecordsBeforeItAndEndsTheStream() {
        byte[] bytes = frames("good", "fine", "bad", "never seen");
        bytes[10] = (byte) 255;
        TestPublisher<ByteBuffer> chunks = TestPublisher.create();
        StepVerifier.create(chunks.flux().transform(FORMAT.decode()))
                .then(() -> chunks.next(ByteBuffer.wrap(bytes)))
                .expectNextCount(2)
                .verifyErrorMessage(
                        "ByteFrames: length 255 (unnamed stream, epoch 0, byte 10, record 2) [PF-RECORD-01]");
        chunks.assertCancelled();
    }

    @Test
    void anUpstreamErrorWaitsForTheRecordsBeforeIt() {
        Flux<ByteBuffer> failing = Flux.concat(
                Flux.just(ByteBuffer.wrap(frames("a", "b"))), Flux.error(new IllegalStateException("source")));
        StepVerifier.create(failing.transform(FORMAT.decode()), 1)
                .expectNextCount(1)
                .thenRequest(5)
                .expectNextCount(1)
                .verifyErrorMessage("source");
    }

    @Test
    void refusesALengthBeyondTheMaximum() {
        Flux.just(ByteBuffer.wrap(frames("small", "too long")))
                .transform(FORMAT.maxRecordBytes(5).decode())
                .as(StepVerifier::create)
                .expectNextCount(1)
                .verifyErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(CorruptRecordException.class)
                        .hasMessageContaining("record length 8 is more than the maximum of 5 bytes"));
        assertThatThrownBy(() -> FORMAT.maxRecordBytes(-1)).hasMessageContaining("-1");
    }

    @Test
    void cancelReachesUpstreamAndNothingFollows() {
        TestPublisher<ByteBuffer> chunks = TestPublisher.create();
        StepVerifier.create(chunks.flux().transform(FORMAT.decode()))
                .then(() -> chunks.next(ByteBuffer.wrap(frames("a", "b"))))
                .expectNextCount(1)
                .thenCancel()
                .verify();
        chunks.assertCancelled();
    }

    @Test
    void namesTheStreamByTheNameItsSourceHas() {
        Flux<ByteBuffer> named = Flux.just(ByteBuffer.wrap(new byte[] {(byte) 255}));
        named.name("socket 7")
                .map(chunk -> chunk)
                .transform(FORMAT.decode())
                .as(StepVerifier::create)
                .verifyErrorMessage("ByteFrames: length 255 (socket 7, epoch 0, byte 0, record 0) [PF-RECORD-01]");
        ObjectBytes object = ObjectBytes.of("s3://b/k", 0, 1, null, from -> named);
        Flux.just(object)
                .transform(FORMAT.decodeObjects())
                .as(StepVerifier::create)
                .verifyErrorMessage(
                        "ByteFrames: length 255 (s3://b/k, epoch 0, object 0, byte 0, record 0) [PF-RECORD-01]");
    }

    @Test
    void objectsAreDecodedOneByOneAndRecordsCountedOn() {
        AtomicLong opened = new AtomicLong();
        Flux<ObjectBytes> objects = objects(opened, frames("a", "b"), frames(), frames("c"));
        StepVerifier.create(objects.transform(FORMAT.decodeObjects()), 1)
                .assertNext(r -> assertThat(r.position()).isEqualTo(new Position(0, 0, 0, 0)))
                .then(() -> assertThat(opened).hasValue(1))
                .thenRequest(9)
                .assertNext(r -> assertThat(r.position()).isEqualTo(new Position(0, 0, 2, 1)))
                .assertNext(r -> assertThat(r.position()).isEqualTo(new Position(0, 2, 0, 2)))
                .verifyComplete();
    }

    @Test
    void anObjectThatEndsInsideARecordIsNotGluedToTheNext() {
        byte[] cut = {5, 'a'};
        objects(new AtomicLong(), frames("whole"), cut, frames("next"))
                .transform(FORMAT.decodeObjects())
                .as(StepVerifier::create)
                .expectNextCount(1)
                .verifyErrorSatisfies(
                        e -> assertThat(((PipefluxException) e).source()).isEqualTo("object-1"));
    }

    @Test
    void decodingGoesOnExactlyBehindAnyRecordOfObjectsWithoutReadingThoseBefore() {
        byte[][] contents = {frames("a", "b"), frames("c"), frames("d", "e", "f")};
        List<RawRecord> all = records(objects(new AtomicLong(), contents).transform(FORMAT.decodeObjects()));
        for (int i = 0; i < all.size(); i++) {
            ResumePoint point = all.get(i).resumeAt();
            AtomicLong opened = new AtomicLong();
            List<RawRecord> rest = records(
                    objects(opened, contents).transform(FORMAT.decodeObjects()).contextWrite(Pass.resumeAt(point)));
            assertSameRecords(rest, all.subList(i + 1, all.size()));
            assertThat(opened).hasValue(3 - point.position().objectOrdinal());
        }
    }

    @Test
    void dropsAsManyRecordsAsTheResumePointSays() {
        ResumePoint point = new ResumePoint(new Position(4, Position.NO_OBJECT, 0, 0), 2);
        List<RawRecord> rest = records(Flux.just(ByteBuffer.wrap(frames("a", "b", "c")))
                .transform(FORMAT.decode())
                .contextWrite(Pass.resumeAt(point)));
        assertThat(rest).extracting(RawRecord::position).containsExactly(new Position(4, Position.NO_OBJECT, 4, 2));
    }

    @Test
    void aStreamThatEndsBeforeTheResumePointIsAnError() {
        ResumePoint point = new ResumePoint(new Position(0, Position.NO_OBJECT, 100, 9), 0);
        Flux.just(ByteBuffer.wrap(frames("a")))
                .transform(FORMAT.decode())
                .contextWrite(Pass.resumeAt(point))
                .as(StepVerifier::create)
                .verifyErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(TruncatedInputException.class)
                        .hasMessageContaining("98 bytes before the start point"));
    }

    @Test
    void aResumePointInAnObjectDoesNotFitAStreamWithoutObjects() {
        ResumePoint point = new ResumePoint(new Position(0, 3, 0, 0), 0);
        Flux.just(ByteBuffer.wrap(frames("a")))
                .transform(FORMAT.decode())
                .contextWrite(Pass.resumeAt(point))
                .as(StepVerifier::create)
                .verifyError(IllegalArgumentException.class);
    }

    @Test
    void aResumePointWithoutAnObjectDoesNotFitObjects() {
        objects(new AtomicLong(), frames("a"))
                .transform(FORMAT.decodeObjects())
                .contextWrite(Pass.resumeAt(new ResumePoint(new Position(0, Position.NO_OBJECT, 2, 1), 0)))
                .as(StepVerifier::create)
                .verifyError(IllegalArgumentException.class);
    }

    @Test
    void objectsThatEndBeforeTheOneOfTheResumePointAreAnError() {
        objects(new AtomicLong(), frames("a"), frames("b"))
                .transform(FORMAT.decodeObjects())
                .contextWrite(Pass.resumeAt(new ResumePoint(new Position(0, 2, 0, 2), 0)))
                .as(StepVerifier::create)
                .verifyErrorMessage("ByteFrames: the objects ended before the object of the start point"
                        + " (epoch 0, object 2, byte 0, record 2) [PF-END-02]");
    }

    @Test
    void showsItselfAndItsSourceToScanners() {
        Flux<RawRecord> records = Flux.just(ByteBuffer.wrap(frames("a"))).transform(FORMAT.decode());
        assertThat(Scannable.from(records).stepName()).isEqualTo("decode(ByteFrames)");
    }

    private static Flux<ObjectBytes> objects(AtomicLong opened, byte[]... contents) {
        return Flux.fromStream(() -> IntStream.range(0, contents.length)
                .mapToObj(i -> ObjectBytes.of(
                        "object-" + i,
                        i,
                        contents[i].length,
                        null,
                        from -> Flux.defer(() -> {
                            opened.incrementAndGet();
                            byte[] content = contents[i];
                            return Flux.fromIterable(
                                    chunks(Arrays.copyOfRange(content, (int) from, content.length), 3));
                        }))));
    }

    private static List<RawRecord> records(Flux<RawRecord> records) {
        return new ArrayList<>(records.collectList().block());
    }

    private static void assertSameRecords(List<RawRecord> found, List<RawRecord> expected) {
        assertThat(found)
                .extracting(RawRecord::position)
                .containsExactlyElementsOf(
                        expected.stream().map(RawRecord::position).toList());
        assertThat(found)
                .extracting(ByteFrames::text)
                .containsExactlyElementsOf(
                        expected.stream().map(ByteFrames::text).toList());
    }

    /** Requests one row at a time: the next when a run has ended. */
    private static final class AfterEachRun extends BaseSubscriber<RawRecord> implements RunSubscriber<RawRecord> {

        private int received;

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            subscription.request(1);
        }

        @Override
        protected void hookOnNext(RawRecord row) {
            received++;
        }

        @Override
        public void runBegins() {}

        @Override
        public void runEnds() {
            if (received < 3) {
                request(1);
            }
        }
    }

    /** The source may wait for a writer, and rows that have arrived would wait with it. */
    @Test
    void demandThatArrivesAfterARunIsForTheRowsOfThisChunkFirst() {
        AtomicInteger chunks = new AtomicInteger();
        AfterEachRun rows = new AfterEachRun();
        Flux.<ByteBuffer>generate(sink -> {
                    assertThat(rows.received).isEqualTo(3 * chunks.getAndIncrement());
                    sink.next(ByteBuffer.wrap(ByteFrames.frames("a", "b", "c")));
                })
                .transform(ByteFrames.FORMAT.decode())
                .subscribe(rows);
        assertThat(rows.received).isEqualTo(3);
        assertThat(chunks).hasValue(1);
    }
}
