package io.pipeflux.records.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.Position;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.test.Chunkings;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class TextLinesTest {

    private static final String TEXT = "first\r\n\nth\rird\n\r\n\r\r\n\u00fcnf\nlast\r";

    @Test
    void aLineEndsWithALineFeedPerhapsBehindACarriageReturn() {
        expect(TextLines.format(), TEXT, "first", "", "th\rird", "", "\r", "\u00fcnf", "last");
    }

    @Test
    void carriageReturnsCanBeKept() {
        expect(
                TextLines.format(LineOption.KEEP_CARRIAGE_RETURN),
                TEXT,
                "first\r",
                "",
                "th\rird",
                "\r",
                "\r\r",
                "\u00fcnf",
                "last\r");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ufeffa\n", "a\n\ufeffb", "\ufeff", "\ufeff\n"})
    void aByteOrderMarkIsRefused(String text) {
        Flux.just(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)))
                .transform(TextLines.decode())
                .skipUntil(line -> TextLines.text(line).startsWith("\ufeff"))
                .as(StepVerifier::create)
                .verifyError(CorruptRecordException.class);
    }

    /** Also in the middle of a pipe, where the objects before it may be UTF-8. */
    @ParameterizedTest
    @ValueSource(strings = {"UTF-16BE", "UTF-16LE", "UTF-32BE", "UTF-32LE"})
    void aByteOrderMarkOfAnotherEncodingIsRefusedAtTheBeginningOfEachLine(String charset) {
        for (String text : List.of("\ufeffb,2\n", "\ufeff\n", "\ufeffb")) {
            ByteBuffer other = ByteBuffer.wrap(text.getBytes(Charset.forName(charset)));
            for (FrameFormat<RawRecord> format :
                    List.of(TextLines.format(), TextLines.format(LineOption.SKIP_BYTE_ORDER_MARK))) {
                Flux.just(other.duplicate())
                        .transform(format.decode())
                        .as(StepVerifier::create)
                        .verifyErrorSatisfies(e -> assertThat(e)
                                .isInstanceOf(CorruptRecordException.class)
                                .hasMessageContaining("mark of " + charset.substring(0, 6)));
                Flux.just(ByteBuffer.wrap(new byte[] {'a', '\n'}), other.duplicate())
                        .transform(format.decode())
                        .as(StepVerifier::create)
                        .expectNextCount(1)
                        .verifyError(CorruptRecordException.class);
            }
            Flux.just(ByteBuffer.wrap(new byte[] {'a', '\n'}), other)
                    .transform(TextLines.format(LineOption.KEEP_BYTE_ORDER_MARK).decode())
                    .as(StepVerifier::create)
                    .thenConsumeWhile(line -> true)
                    .verifyComplete();
        }
    }

    @Test
    void severalByteOrderMarksInARowAreSkippedAndMarksAloneAreNoRecord() {
        FrameFormat<RawRecord> format = TextLines.format(LineOption.SKIP_BYTE_ORDER_MARK);

        expect(format, "\ufeff\ufeffa\n\ufeff\ufeff\ufeff\n\ufeff\ufeffb", "a", "", "b");
        expect(format, "\ufeff");
        expect(format, "\ufeff\ufeff");
        expect(format, "a\n\ufeff", "a");
        expect(format, "\ufeff\r", "");
        expect(TextLines.format(LineOption.KEEP_BYTE_ORDER_MARK), "\ufeff", "\ufeff");
    }

    @Test
    void byteOrderMarksCanBeSkippedOrKept() {
        String joined = "\ufeffa\n\ufeff\nb\ufeffc\n\ufeffd";

        expect(TextLines.format(LineOption.SKIP_BYTE_ORDER_MARK), joined, "a", "", "b\ufeffc", "d");
        expect(
                TextLines.format(LineOption.SKIP_BYTE_ORDER_MARK, LineOption.SKIP_BLANK_LINES),
                joined,
                "a",
                "b\ufeffc",
                "d");
        expect(TextLines.format(LineOption.KEEP_BYTE_ORDER_MARK), joined, "\ufeffa", "\ufeff", "b\ufeffc", "\ufeffd");
    }

    @Test
    void blankLinesCanBeSkipped() {
        expect(
                TextLines.format(LineOption.SKIP_BLANK_LINES),
                "\n\r\n" + TEXT + "\n\n\r",
                "first",
                "th\rird",
                "\r",
                "\u00fcnf",
                "last");
        expect(
                TextLines.format(LineOption.SKIP_BLANK_LINES, LineOption.KEEP_CARRIAGE_RETURN),
                "a\r\n\r\n\nb",
                "a\r",
                "b");
        expect(TextLines.format(LineOption.SKIP_BLANK_LINES), "\n\n\n");
    }

    @Test
    void theLastLineNeedsNoLineFeedAndNoTextIsTruncated() {
        byte[] bytes = TEXT.getBytes(StandardCharsets.UTF_8);
        for (int end = 0; end <= bytes.length; end++) {
            String cut = new String(bytes, 0, end, StandardCharsets.ISO_8859_1);
            String[] lines = cut.split("\n", -1);
            int count = lines[lines.length - 1].isEmpty() ? lines.length - 1 : lines.length;
            Chunkings.few(Arrays.copyOf(bytes, end))
                    .forEach(chunking -> assertThat(chunking.bytes()
                                    .transform(TextLines.decode())
                                    .map(TextLines.text(StandardCharsets.ISO_8859_1))
                                    .collectList()
                                    .block())
                            .as("%s, %s", cut, chunking)
                            .containsExactlyElementsOf(Arrays.stream(lines)
                                    .limit(count)
                                    .map(line -> line.endsWith("\r") ? line.substring(0, line.length() - 1) : line)
                                    .toList()));
        }
    }

    @Test
    void objectsWithoutALastLineFeedAreNotGluedAndResumeBehindAnyLine() {
        List<String> contents = List.of("a\nbb", "", "\r\ncc\r\n", "dd");
        for (int chunk : new int[] {1, 2, 100}) {
            Flux<RawRecord> lines = Flux.range(0, contents.size())
                    .map(i -> object(i, contents.get(i), chunk))
                    .transform(TextLines.decodeObjects());
            List<RawRecord> all = lines.collectList().block();

            assertThat(all.stream().map(TextLines::text)).containsExactly("a", "bb", "", "cc", "dd");
            assertThat(all.stream().map(RawRecord::position))
                    .containsExactly(
                            new Position(0, 0, 0, 0),
                            new Position(0, 0, 2, 1),
                            new Position(0, 2, 0, 2),
                            new Position(0, 2, 2, 3),
                            new Position(0, 3, 0, 4));
            assertResumes(lines, all);
            Flux<RawRecord> stream = Chunkings.ofSize(TEXT.getBytes(StandardCharsets.UTF_8), chunk)
                    .bytes()
                    .transform(TextLines.format(LineOption.SKIP_BLANK_LINES).decode());
            assertResumes(stream, stream.collectList().block());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"12345\n", "12345\r\n", "12345", "12345\r", "\n12345\n1"})
    void aLineOfTheMaximumIsTaken(String text) {
        Chunkings.of(text.getBytes(StandardCharsets.UTF_8))
                .forEach(chunking -> chunking.bytes()
                        .transform(TextLines.format().maxRecordBytes(5).decode())
                        .map(TextLines::text)
                        .filter("12345"::equals)
                        .as(StepVerifier::create)
                        .expectNextCount(1)
                        .verifyComplete());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ok\n123456\n", "ok\n123456\r\n", "ok\n123456", "ok\n123456\r", "ok\n1234567"})
    void aLineBeyondTheMaximumIsRefused(String text) {
        Chunkings.of(text.getBytes(StandardCharsets.UTF_8))
                .forEach(chunking -> chunking.bytes()
                        .transform(TextLines.format().maxRecordBytes(5).decode())
                        .as(StepVerifier::create)
                        .expectNextCount(1)
                        .verifyErrorSatisfies(error -> {
                            assertThat(error)
                                    .isInstanceOf(CorruptRecordException.class)
                                    .hasMessageContaining("is more than the maximum of 5 bytes");
                            assertThat(((PipefluxException) error).position())
                                    .isEqualTo(new Position(0, Position.NO_OBJECT, 3, 1));
                        }));
    }

    @Test
    void anEndlessLineIsRefusedWhenTheMaximumHasArrived() {
        AtomicLong read = new AtomicLong();

        Flux.range(0, Integer.MAX_VALUE)
                .map(i -> ByteBuffer.allocate(1000))
                .doOnNext(chunk -> read.incrementAndGet())
                .transform(TextLines.format().maxRecordBytes(10_000).decode())
                .as(StepVerifier::create)
                .verifyError(CorruptRecordException.class);
        assertThat(read).hasValue(11);
    }

    @Test
    void aLongLineInSmallChunksIsSearchedOnce() {
        int chunks = 200_000; // minutes, if each began at the line's first byte
        Flux<ByteBuffer> line =
                Flux.range(0, chunks).map(i -> ByteBuffer.allocate(64)).concatWith(Flux.just(bytes("\nb")));

        assertThat(line.transform(TextLines.decode())
                        .map(RawRecord::size)
                        .collectList()
                        .block())
                .containsExactly(chunks * 64, 1);
    }

    @Test
    void whatIsEncodedIsDecodedAgain() {
        Random random = new Random(1);
        List<String> lines = Flux.range(0, 500)
                .map(i -> "x\u00e4\u20ac".repeat(random.nextInt(40)))
                .collectList()
                .block();

        assertThat(Flux.fromIterable(lines)
                        .map(TextLinesTest::bytes)
                        .transform(TextLines.encode())
                        .transform(TextLines.decode())
                        .map(TextLines::text)
                        .collectList()
                        .block())
                .isEqualTo(lines);
        Flux.just(bytes("a\nb"))
                .transform(TextLines.encode())
                .as(StepVerifier::create)
                .verifyErrorMessage("expected a line without line feeds, but got one at byte 1");
    }

    @Test
    void textThatIsNotLegalInItsCharsetIsCorruptAtItsPosition() {
        RawRecord record = Flux.just(ByteBuffer.wrap(new byte[] {'a', '\n', 'b', (byte) 0xc3}))
                .transform(TextLines.decode())
                .blockLast();

        assertThatThrownBy(() -> TextLines.text(record))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessage(
                        "text is not UTF-8: Input length = 1 (unnamed stream, epoch 0, byte 2, record 1) [PF-RECORD-06]");
        assertThatThrownBy(() -> TextLines.text(StandardCharsets.US_ASCII).apply(record))
                .isInstanceOf(CorruptRecordException.class);
        assertThat(TextLines.text(StandardCharsets.ISO_8859_1).apply(record)).isEqualTo("b\u00c3");
        assertThat(TextLines.text(RawRecord.of(bytes("\ufffd is legal")))).isEqualTo("\ufffd is legal");
    }

    private static void expect(FrameFormat<RawRecord> format, String text, String... lines) {
        Chunkings.of(text.getBytes(StandardCharsets.UTF_8))
                .forEach(chunking -> assertThat(chunking.bytes()
                                .transform(format.decode())
                                .map(TextLines::text)
                                .collectList()
                                .block())
                        .as(chunking.name())
                        .containsExactly(lines));
    }

    private static void assertResumes(Flux<RawRecord> lines, List<RawRecord> all) {
        for (int i = 0; i < all.size(); i++) {
            List<RawRecord> rest = lines.contextWrite(Pass.resumeAt(all.get(i).resumeAt()))
                    .collectList()
                    .block();
            assertThat(rest.stream().map(TextLinesTest::described))
                    .containsExactlyElementsOf(all.subList(i + 1, all.size()).stream()
                            .map(TextLinesTest::described)
                            .toList());
        }
    }

    private static String described(RawRecord record) {
        return record + " " + TextLines.text(record) + " " + record.resumeAt();
    }

    private static ObjectBytes object(int ordinal, String text, int chunk) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return ObjectBytes.of(
                "object-" + ordinal,
                ordinal,
                bytes.length,
                null,
                from -> Chunkings.ofSize(Arrays.copyOfRange(bytes, (int) from, bytes.length), chunk)
                        .bytes());
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
