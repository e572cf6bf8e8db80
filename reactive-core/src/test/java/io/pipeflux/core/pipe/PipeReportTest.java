package io.pipeflux.core.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.internal.FileAccess;
import io.pipeflux.core.pipe.PipeReport.End;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is in a report's file, of every format that was ever written. */
class PipeReportTest {

    private static final PipeReport BEGUN = PipeReport.begun(
            "3f0e7d50-9d6c-4d3b-a7d8-2f1c1b0a9e88",
            new PipeIdentity(65024, 2189415, 1764095065068768633L),
            "9c56cc51b374c3ba");

    @TempDir
    Path directory;

    /** Golden files; those of format 1 are what this version writes, to the byte. */
    static Stream<Arguments> files() {
        return Stream.of(
                Arguments.of("0-ended", earlier(new End(116142080, 8, null))),
                Arguments.of("0-failed", earlier(new End(4096, 1, "s3://b/k\n\"2\": ü changed"))),
                Arguments.of("1-not-ended", BEGUN),
                Arguments.of("1-ended", BEGUN.ended(new End(116142080, 8, null))),
                Arguments.of("1-failed", BEGUN.ended(new End(4096, 1, "s3://b/k\n\"2\": ü changed"))),
                Arguments.of("1-no-content", PipeReport.begun(BEGUN.id(), Objects.requireNonNull(BEGUN.pipe()), null)));
    }

    private static PipeReport earlier(End end) {
        return new PipeReport(0, "", null, null, null, end);
    }

    private static byte[] file(String name) throws IOException {
        try (InputStream in = PipeReportTest.class.getResourceAsStream("/pipe-reports/" + name + ".json")) {
            return Objects.requireNonNull(in, name).readAllBytes();
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void goldenFilesAreRead(String name, PipeReport expected) throws IOException {
        assertThat(PipeReport.decode(file(name))).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("files")
    void goldenFilesAreWritten(String name, PipeReport report) throws IOException {
        Path written = directory.resolve("written");
        End end = report.end();
        if (report.format() == 0 && end != null) {
            new EarlierReport(end.bytes(), end.objects(), end.error()).write(written);
        } else {
            ReportFile.create(written, report, FileAccess.OWNER).close();
        }
        assertThat(written).hasBinaryContent(file(name));
    }

    @ParameterizedTest
    @MethodSource("files")
    void theEarlierReaderTakesNoneButACleanEndForOne(String name, PipeReport report) throws IOException {
        Path file = Files.write(directory.resolve("report"), file(name));
        EarlierReport read = Objects.requireNonNull(EarlierReport.read(file));
        End end = report.end();
        assertThat(read.error() == null).isEqualTo(end != null && end.error() == null);
        if (end != null) {
            assertThat(read).isEqualTo(new EarlierReport(end.bytes(), end.objects(), end.error()));
        }
    }

    @Test
    void membersThatAreNotKnownArePassedOver() throws IOException {
        String more = "{\"more\":[1,{\"id\":\"x\"}],\"bytes\":9,\"objects\":1,\"ok\":true,\"later\":null}";
        assertThat(PipeReport.decode(more.getBytes(UTF_8))).isEqualTo(earlier(new End(9, 1, null)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "null",
                "[]",
                "not JSON",
                "{",
                "{}",
                "{\"ok\":true}",
                "{\"bytes\":1}",
                "{\"bytes\":\"1\",\"ok\":true}",
                "{\"bytes\":1,\"ok\":true",
                "{\"format\":1,\"bytes\":1,\"ok\":true}",
                "{\"format\":-1,\"bytes\":1,\"ok\":true}",
                "{\"format\":1.5,\"bytes\":1,\"ok\":true}",
                "{\"format\":2,\"id\":\"i\",\"device\":1,\"inode\":1,\"mtimeNanos\":1,\"bytes\":1,\"ok\":true}"
            })
    void whatIsNoReportIsRefused(String text) {
        assertThatThrownBy(() -> PipeReport.decode(text.getBytes(UTF_8)))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("expected ");
    }

    @Test
    void aReportThatIsWrittenInPartIsRefused() throws IOException {
        byte[] before = BEGUN.encode();
        byte[] after = BEGUN.ended(new End(123, 4, null)).encode();
        for (int written = 0; written <= after.length; written++) {
            byte[] torn = before.clone();
            System.arraycopy(after, 0, torn, 0, written);
            PipeReport read;
            try {
                read = PipeReport.decode(torn);
            } catch (IOException e) {
                continue;
            }
            assertThat(read.end() == null ? before : after)
                    .isEqualTo(read.encode())
                    .isEqualTo(torn);
        }
    }

    @Test
    void aByteThatIsWrongIsNoticed() {
        byte[] report = BEGUN.ended(new End(123, 4, null)).encode();
        String text = new String(report, UTF_8).stripTrailing();
        for (int i = 0; i < text.length(); i++) {
            byte[] damaged = report.clone();
            damaged[i] ^= 1;
            assertThatThrownBy(() -> PipeReport.decode(damaged))
                    .as("byte %d", i)
                    .isInstanceOf(IOException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\uD800", "a\uDC00b", "\uD83D\uDE00", "\u0000\u001F\u007F\u2028", "\"\\/", "ü€"})
    void everyErrorFitsAndIsLegalText(String part) throws IOException {
        for (int times : new int[] {1, 100, 500, 700, 1_000, 3_000, 100_000}) {
            String error = part.repeat(times);
            byte[] report =
                    BEGUN.ended(new End(Long.MAX_VALUE, Long.MAX_VALUE, error)).encode();
            assertThat(report).hasSize(PipeReport.BYTES);
            End read = Objects.requireNonNull(PipeReport.decode(report).end());
            assertThat(read.error()).isNotEmpty();
            if (times == 1) {
                assertThat(read.error()).isEqualTo(new String(error.getBytes(UTF_8), UTF_8));
            } else if (times == 100_000) {
                assertThat(read.error()).endsWith(" ...");
            }
        }
    }

    @Test
    void randomErrorsFit() throws IOException {
        Random random = new Random(1);
        for (int round = 0; round < 2_000; round++) {
            StringBuilder error = new StringBuilder();
            int length = random.nextInt(8_000);
            for (int i = 0; i < length; i++) {
                error.append((char) (random.nextBoolean() ? random.nextInt(128) : random.nextInt(0x10000)));
            }
            byte[] report = BEGUN.ended(new End(1, 1, error.toString())).encode();
            assertThat(report).hasSize(PipeReport.BYTES);
            assertThat(PipeReport.decode(report).end()).isNotNull();
        }
    }
}
