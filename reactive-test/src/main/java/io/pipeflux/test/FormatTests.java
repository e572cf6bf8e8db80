package io.pipeflux.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.Position;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.operator.PipeOperators;
import io.pipeflux.test.FrameFormatContract.Sample;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/** Implements the tests of {@link FrameFormatContract}. */
final class FormatTests {

    private static final int LEAST_SAMPLES = 3;
    private static final int MOST_BYTES = 2000;
    private static final int ENDLESS_BYTES = 1 << 16;
    private static final int ENDLESS_MAXIMUM = 100;

    private final FrameFormat<RawRecord> format;
    private final @Nullable Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encoder;
    private final boolean mayEndAnywhere;
    private final List<ByteBuffer> payloads;
    private final List<String> contents; // the payloads as hexadecimal digits, for messages
    private final byte[] all;
    private final int[] starts; // the index of the first byte of each frame, then the end of the last frame

    FormatTests(FrameFormatContract contract) {
        List<Sample> samples = contract.samples();
        format = contract.format();
        encoder = contract.encoder();
        mayEndAnywhere = contract.mayEndInsideAFrame();
        payloads = samples.stream().map(Sample::payload).toList();
        contents = payloads.stream().map(FormatTests::hex).toList();
        starts = new int[samples.size() + 1];
        for (int i = 0; i < samples.size(); i++) {
            starts[i + 1] = starts[i] + samples.get(i).frame().remaining();
        }
        long different = samples.stream().map(Sample::frame).distinct().count();
        assertTrue(
                different >= LEAST_SAMPLES,
                () -> "expected samples() to return at least " + LEAST_SAMPLES + " different frames, but got "
                        + different + " in " + samples.size() + " samples");
        assertTrue(
                starts[samples.size()] <= MOST_BYTES,
                () -> "expected the frames of samples() to have at most " + MOST_BYTES
                        + " bytes in all, because they are read many thousands of times, but got "
                        + starts[samples.size()] + " bytes in " + samples.size() + " samples");
        ByteBuffer joined = ByteBuffer.allocate(starts[samples.size()]);
        samples.forEach(sample -> joined.put(sample.frame().duplicate()));
        all = joined.array();
    }

    void everyCut() {
        Chunkings.of(all).forEach(chunking -> {
            List<RawRecord> records = read(chunking, chunking.name()).completed();
            OneByOne.assertSame(contents, payloadsOf(records), chunking.name());
            for (int i = 0; i < records.size(); i++) {
                String where = "record " + i + ", " + chunking;
                assertEquals(position(i), records.get(i).position(), where);
                assertEquals(position(i + 1), records.get(i).resumeAt().position(), where + ", resume point");
            }
        });
    }

    void noBytes() {
        ByteBuffer empty = ByteBuffer.allocate(0);
        for (Flux<ByteBuffer> bytes : List.of(Flux.<ByteBuffer>empty(), Flux.just(empty), Flux.just(empty, empty))) {
            Recorder<RawRecord> read = Recorder.read(bytes.transform(format.decode()), "an input without bytes");
            OneByOne.assertSame(List.of(), payloadsOf(read.completed()), "an input without bytes");
        }
    }

    void everyEnd() {
        for (int end = 0; end <= all.length; end++) {
            int whole = wholeFrames(end);
            boolean clean = starts[whole] == end;
            String cut = "input of " + end + " bytes, ";
            Chunkings.few(Arrays.copyOf(all, end)).forEach(chunking -> {
                Recorder<RawRecord> read = read(chunking, cut + chunking);
                if (clean || mayEndAnywhere) {
                    int more = clean ? 0 : read.completed().size() - whole;
                    assertTrue(more == 0 || more == 1, () -> cut + chunking + ": got " + read.elements);
                    assertRecordsBefore(
                            whole, read.elements.subList(0, Math.min(whole, read.elements.size())), cut + chunking);
                    assertNull(read.error, cut + chunking);
                } else {
                    assertRecordsBefore(whole, read.elements, cut + chunking);
                    assertFailure(TruncatedInputException.class, position(whole), read.error, cut + chunking);
                }
            });
        }
    }

    void objects() {
        for (int chunk : new int[] {1, 5, MOST_BYTES}) {
            String name = "three objects in chunks of " + chunk;
            List<RawRecord> records = Recorder.read(
                            objects(chunk, objectContents()).transform(format.decodeObjects()), name)
                    .completed();
            int half = payloads.size() / 2;
            OneByOne.assertSame(contents, payloadsOf(records), name);
            for (int i = 0; i < records.size(); i++) {
                Position expected =
                        i < half ? new Position(0, 0, starts[i], i) : new Position(0, 2, starts[i] - starts[half], i);
                assertEquals(expected, records.get(i).position(), name + ", record " + i);
                assertEquals(
                        "object-" + expected.objectOrdinal(), records.get(i).source());
            }
            cutObject(chunk);
        }
    }

    /** Tests decoding three objects. The second object ends inside a frame. */
    private void cutObject(int chunk) {
        int frame = lastLongFrame();
        List<byte[]> objects = List.of(all, Arrays.copyOf(all, starts[frame + 1] - 1), all);
        String name = "an object that ends inside a frame, chunks of " + chunk;
        Recorder<RawRecord> read = Recorder.read(objects(chunk, objects).transform(format.decodeObjects()), name);
        int each = payloads.size();
        if (mayEndAnywhere) {
            List<RawRecord> records = read.completed();
            OneByOne.assertSame(
                    contents,
                    payloadsOf(records.subList(Math.max(0, records.size() - each), records.size())),
                    "the object after " + name);
        } else {
            assertEquals(each + frame, read.elements.size(), "records before the end of " + name);
            Position cut = new Position(0, 1, starts[frame], each + (long) frame);
            PipefluxException failure = assertFailure(TruncatedInputException.class, cut, read.error, name);
            assertEquals("object-1", failure.source());
        }
    }

    /** Returns the last frame that can be cut: an object that ends before a frame of one byte has a clean end. */
    private int lastLongFrame() {
        return IntStream.range(0, payloads.size())
                .filter(i -> starts[i + 1] - starts[i] > 1)
                .max()
                .orElseThrow(() -> new AssertionError("expected a sample whose frame is longer than one byte"));
    }

    void resumed() {
        for (int chunk : new int[] {1, 5, MOST_BYTES}) {
            String cut = "chunks of " + chunk;
            assertResumes(Chunkings.ofSize(all, chunk).bytes().transform(format.decode()), cut);
            assertResumes(objects(chunk, objectContents()).transform(format.decodeObjects()), "objects in " + cut);
        }
        assertResumes(
                objects(9, objectContents()).transform(format.decodeObjects()).transform(PipeOperators.repeat(2)),
                "two epochs");
    }

    private static void assertResumes(Flux<RawRecord> stream, String name) {
        List<RawRecord> records = Recorder.read(stream, name).completed();
        for (int i = 0; i < records.size(); i++) {
            ResumePoint point = ResumePoint.fromJson(records.get(i).resumeAt().toJson());
            String after = name + ", resumed after record " + i;
            OneByOne.assertSame(
                    described(records.subList(i + 1, records.size())),
                    described(Recorder.read(stream.contextWrite(Pass.resumeAt(point)), after)
                            .completed()),
                    after);
        }
    }

    void maximum() {
        int longest = payloads.stream().mapToInt(ByteBuffer::remaining).max().orElse(0);
        assertTrue(longest > 0, "expected a sample whose payload is not empty");
        int refused = IntStream.range(0, payloads.size())
                .filter(i -> payloads.get(i).remaining() == longest)
                .findFirst()
                .getAsInt();
        Chunkings.of(all).forEach(chunking -> {
            String accepted = chunking + ", maximum " + longest;
            OneByOne.assertSame(
                    contents,
                    payloadsOf(Recorder.read(
                                    chunking.bytes()
                                            .transform(format.maxRecordBytes(longest)
                                                    .decode()),
                                    accepted)
                            .completed()),
                    accepted);
            String name = chunking + ", maximum " + (longest - 1);
            Recorder<RawRecord> read = Recorder.read(
                    chunking.bytes()
                            .transform(format.maxRecordBytes(longest - 1).decode()),
                    name);
            assertRecordsBefore(refused, read.elements, name);
            assertFailure(CorruptRecordException.class, position(refused), read.error, name);
        });
        early(refused, longest - 2);
    }

    /** Tests that a record that is too long is refused before its last byte has arrived. */
    private void early(int refused, int maximum) {
        // If a line is too long by only one byte, the reason may be a carriage return that is not part of the record.
        if (maximum >= 0) {
            ByteBuffer cut = ByteBuffer.wrap(all, starts[refused], starts[refused + 1] - 1 - starts[refused]);
            Recorder<RawRecord> read = Recorder.of(Flux.just(cut.slice())
                    .concatWith(Flux.never())
                    .transform(format.maxRecordBytes(maximum).decode()));
            read.request(Long.MAX_VALUE);
            String name = "all bytes of the longest frame but the last, maximum " + maximum;
            assertRecordsBefore(0, read.elements, name);
            assertFailure(CorruptRecordException.class, position(0), read.error, name);
        }
    }

    /** Tests that a decoder does not collect bytes without limit. Bytes that it skips are not collected. */
    void endless() {
        for (int value = 0; value < 256; value++) {
            for (int chunk : new int[] {ENDLESS_BYTES, 1000, 61}) {
                byte[] bytes = new byte[chunk];
                Arrays.fill(bytes, (byte) value);
                Flux<ByteBuffer> same = Flux.range(0, ENDLESS_BYTES / chunk).map(i -> ByteBuffer.wrap(bytes));
                String name = ENDLESS_BYTES + " bytes 0x" + HexFormat.of().toHexDigits((byte) value) + " in chunks of "
                        + chunk + ", maximum " + ENDLESS_MAXIMUM;
                if (!emitsOrFails(same, name)) {
                    // Blank lines, for example, are skipped. The frame after them shows where it begins.
                    Flux<ByteBuffer> more = same.concatWithValues(ByteBuffer.wrap(all));
                    Recorder<RawRecord> after = limited(more);
                    assertTrue(
                            !after.elements.isEmpty()
                                    && after.elements.get(0).position().byteOffset() > ENDLESS_MAXIMUM,
                            () -> name + ": expected a record, a PipefluxException, or that these bytes are skipped,"
                                    + " but got nothing, so the decoder collects bytes without limit");
                }
            }
        }
    }

    private boolean emitsOrFails(Flux<ByteBuffer> bytes, String name) {
        Recorder<RawRecord> read = limited(bytes);
        if (read.error != null) {
            assertInstanceOf(PipefluxException.class, read.error, name);
        }
        return read.error != null || !read.elements.isEmpty();
    }

    /** Requests the first record of an input that does not end. */
    private Recorder<RawRecord> limited(Flux<ByteBuffer> bytes) {
        Recorder<RawRecord> read = Recorder.of(
                bytes.concatWith(Flux.never())
                        .transform(format.maxRecordBytes(ENDLESS_MAXIMUM).decode()),
                1);
        read.request(1);
        return read;
    }

    void demand() {
        for (int chunk : new int[] {1, 4, 10, 100}) {
            AtomicLong requested = new AtomicLong();
            AtomicInteger cancelled = new AtomicInteger();
            Recorder<RawRecord> read = Recorder.of(Chunkings.ofSize(all, chunk)
                    .bytes()
                    // keeps the source open, because a source that has ended would not be cancelled
                    .concatWith(Flux.never())
                    .doOnRequest(requested::addAndGet)
                    .doOnCancel(cancelled::incrementAndGet)
                    .transform(format.decode()));
            assertEquals(0, requested.get(), "chunks requested before a record was");
            for (int i = 0; i < payloads.size() - 1; i++) {
                read.request(1);
                assertEquals(i + 1, read.elements.size(), "records received, of chunks of " + chunk);
                int needed = (starts[i + 1] + chunk - 1) / chunk;
                assertTrue(
                        requested.get() <= needed,
                        "expected at most " + needed + " chunks of " + chunk + " to be requested for " + (i + 1)
                                + " records, but got " + requested);
            }
            read.cancel();
            assertEquals(1, cancelled.get(), "cancellations of the source");
        }
        AtomicInteger cancelled = new AtomicInteger();
        Recorder<RawRecord> read = Recorder.of(
                Flux.just(ByteBuffer.wrap(all))
                        .concatWith(Flux.never())
                        .doOnCancel(cancelled::incrementAndGet)
                        .transform(format.decode()),
                1);
        read.request(Long.MAX_VALUE);
        assertEquals(1, read.elements.size(), "records received, of which the first cancelled");
        assertEquals(0, read.ends, "ends after a cancel");
        assertEquals(1, cancelled.get(), "cancellations of the source");
    }

    void failedSource() {
        IllegalStateException failure = new IllegalStateException("the source failed");
        for (int end = 0; end <= all.length; end++) {
            int whole = wholeFrames(end);
            Recorder<RawRecord> read = Recorder.of(
                    Flux.concat(Flux.just(ByteBuffer.wrap(Arrays.copyOf(all, end))), Flux.<ByteBuffer>error(failure))
                            .transform(format.decode()));
            for (int i = 0; i <= whole; i++) {
                assertRecordsBefore(i, read.elements, i + " records requested of " + end + " bytes");
                read.request(1);
            }
            assertRecordsBefore(whole, read.elements, "the source failed after " + end + " bytes");
            assertSame(failure, read.error, "the source failed after " + end + " bytes");
        }
    }

    void chunksLeft() {
        Chunkings.few(all).forEach(chunking -> {
            List<ByteBuffer> given = chunking.chunks();
            given.forEach(chunk -> chunk.order(ByteOrder.LITTLE_ENDIAN));
            List<BufferState> before = BufferState.of(given);
            for (int time = 1; time <= 2; time++) {
                String name = chunking + ", time " + time;
                List<RawRecord> records = Recorder.read(Flux.fromIterable(given).transform(format.decode()), name)
                        .completed();
                assertEquals(before, BufferState.of(given), chunking::name);
                OneByOne.assertSame(contents, payloadsOf(records), name);
            }
        });
    }

    void twoAtATime() {
        List<ByteBuffer> chunks = Chunkings.ofSize(all, 1).chunks();
        Function<Flux<ByteBuffer>, Flux<RawRecord>> decode = format.decode();
        for (int lag : new int[] {0, 1, all.length / 2}) {
            Sinks.Many<ByteBuffer> first = Sinks.many().unicast().onBackpressureBuffer();
            Sinks.Many<ByteBuffer> second = Sinks.many().unicast().onBackpressureBuffer();
            Recorder<RawRecord> one = Recorder.of(first.asFlux().transform(decode));
            Recorder<RawRecord> other = Recorder.of(second.asFlux().transform(decode));
            one.request(Long.MAX_VALUE);
            other.request(Long.MAX_VALUE);
            for (int i = 0; i < chunks.size() + lag; i++) {
                if (i < chunks.size()) {
                    first.tryEmitNext(chunks.get(i).duplicate());
                }
                if (i >= lag) {
                    second.tryEmitNext(chunks.get(i - lag).duplicate());
                }
            }
            first.tryEmitComplete();
            second.tryEmitComplete();
            String name = "of two streams, " + lag + " bytes apart";
            OneByOne.assertSame(contents, payloadsOf(one.completed()), name);
            OneByOne.assertSame(contents, payloadsOf(other.completed()), name);
        }
    }

    void damaged() {
        for (int bit = 0; bit < 8 * all.length; bit++) {
            byte[] damaged = all.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            String name = "bit " + bit % 8 + " of byte " + bit / 8 + " changed";
            int whole = wholeFrames(bit / 8);
            String expected = null;
            for (int chunk : new int[] {all.length, 7, 1}) {
                Recorder<RawRecord> read = read(Chunkings.ofSize(damaged, chunk), name + ", chunks of " + chunk);
                assertRecordsBefore(whole, read.elements.subList(0, Math.min(whole, read.elements.size())), name);
                String got = described(read.elements) + " " + endOf(read.error);
                expected = expected == null ? got : expected;
                assertEquals(expected, got, name + ", chunks of " + chunk);
            }
        }
    }

    private static String endOf(@Nullable Throwable error) {
        if (error == null) {
            return "complete";
        }
        PipefluxException failure = assertInstanceOf(PipefluxException.class, error, "expected an error of the data");
        return failure.getClass().getSimpleName() + " at " + failure.position();
    }

    void encoded() {
        if (encoder == null) {
            return;
        }
        List<ByteBuffer> given = payloads.stream().map(FormatTests::inTheMiddle).toList();
        List<BufferState> before = BufferState.of(given);
        AtomicLong requested = new AtomicLong();
        Flux<ByteBuffer> encoded =
                Flux.fromIterable(given).doOnRequest(requested::addAndGet).transform(encoder);
        Recorder<ByteBuffer> asked = Recorder.of(encoded);
        assertEquals(0, requested.get(), "payloads requested before a buffer was");
        asked.request(1);
        assertEquals(1, asked.elements.size(), "buffers received, of one that was requested");
        assertTrue(requested.get() <= 1, "expected one payload to be requested for one buffer, but got " + requested);
        asked.cancel();
        for (int time = 1; time <= 2; time++) {
            Flux<RawRecord> decoded = encoded.transform(format.decode());
            String name = "payloads that were encoded, time " + time;
            OneByOne.assertSame(
                    contents, payloadsOf(Recorder.read(decoded, name).completed()), name);
            assertEquals(before, BufferState.of(given), "payloads after they were encoded");
        }
    }

    private static ByteBuffer inTheMiddle(ByteBuffer payload) {
        ByteBuffer larger = ByteBuffer.allocate(payload.remaining() + 8).order(ByteOrder.LITTLE_ENDIAN);
        larger.position(3).put(payload.duplicate()).flip().position(3);
        return larger;
    }

    private Recorder<RawRecord> read(Chunking chunking, String name) {
        return Recorder.read(chunking.bytes().transform(format.decode()), name);
    }

    /** Returns the contents of three objects: the first half of the samples, no samples, and the second half. */
    private List<byte[]> objectContents() {
        int half = starts[payloads.size() / 2];
        return List.of(Arrays.copyOf(all, half), new byte[0], Arrays.copyOfRange(all, half, all.length));
    }

    private static Flux<ObjectBytes> objects(int chunk, List<byte[]> contents) {
        List<ObjectBytes> objects = new ArrayList<>();
        for (byte[] content : contents) {
            int ordinal = objects.size();
            objects.add(ObjectBytes.of(
                    "object-" + ordinal,
                    ordinal,
                    content.length,
                    null,
                    from -> Chunkings.ofSize(Arrays.copyOfRange(content, (int) from, content.length), chunk)
                            .bytes()));
        }
        return Flux.fromIterable(objects);
    }

    /** Returns the number of complete frames in the first {@code bytes} bytes of the stream. */
    private int wholeFrames(int bytes) {
        int whole = 0;
        while (whole < payloads.size() && starts[whole + 1] <= bytes) {
            whole++;
        }
        return whole;
    }

    private Position position(int record) {
        return new Position(0, Position.NO_OBJECT, starts[record], record);
    }

    private void assertRecordsBefore(int record, List<RawRecord> records, String name) {
        OneByOne.assertSame(contents.subList(0, record), payloadsOf(records), name);
    }

    private static PipefluxException assertFailure(
            Class<? extends PipefluxException> type, Position position, @Nullable Throwable error, String name) {
        PipefluxException failure = assertInstanceOf(type, error, name);
        assertEquals(position, failure.position(), name + ", position of " + failure);
        return failure;
    }

    private static List<String> payloadsOf(List<RawRecord> records) {
        return records.stream().map(record -> hex(record.bytes())).toList();
    }

    private static String hex(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return HexFormat.of().formatHex(copy);
    }

    private static List<String> described(List<RawRecord> records) {
        return records.stream()
                .map(record -> record + " " + Arrays.toString(record.toByteArray()) + " " + record.resumeAt())
                .toList();
    }
}
