package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.test.Chunking;
import io.pipeflux.test.Chunkings;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;

class AugmentedManifestDecoderTest {

    private static final S3Uri MANIFEST = S3Uri.parse("s3://lists/train.manifest");

    private static FrameFormat<AugmentedLine> format(String... attributes) {
        return AugmentedManifestDecoder.format(MANIFEST, List.of(attributes));
    }

    private static List<String> texts(AugmentedLine line) {
        return line.values().stream().map(value -> new String(value, UTF_8)).toList();
    }

    private static List<AugmentedLine> lines(String manifest, String... attributes) {
        return Flux.just(ByteBuffer.wrap(manifest.getBytes(UTF_8)))
                .transform(format(attributes).decode())
                .collectList()
                .block();
    }

    private static String value(String json) {
        return texts(lines("{\"v\":" + json + "}", "v").get(0)).get(0);
    }

    @Test
    void takesTheAttributesInTheOrderAskedForHoweverTheBytesAreCut() {
        String manifest = """
                {"image-ref": "s3://b/1.jpg", "by": {"class": 7}, "class": 1}

                {"class":"zwölf","x":[],"image-ref":"s3://b/dir x/ü日.jpg"}\r
                \t
                {"image-ref":"s3://b/3","class":null}""";
        for (Chunking chunking : Chunkings.of(manifest.getBytes(UTF_8)).toList()) {
            List<AugmentedLine> lines = chunking.bytes()
                    .transform(format("class", "image-ref").decode())
                    .collectList()
                    .block();
            assertThat(lines)
                    .as(chunking.name())
                    .extracting(AugmentedLine::number)
                    .containsExactly(1L, 3L, 5L);
            assertThat(lines)
                    .extracting(AugmentedManifestDecoderTest::texts)
                    .containsExactly(
                            List.of("1", "s3://b/1.jpg"),
                            List.of("zwölf", "s3://b/dir x/ü日.jpg"),
                            List.of("null", "s3://b/3"));
        }
    }

    @Test
    void aValueIsStreamedAsItsTextWhateverItsType() {
        assertThat(value("1")).isEqualTo("1");
        assertThat(value("-1.50e+02")).isEqualTo("-1.50e+02");
        assertThat(value("123456789012345678901234567890")).isEqualTo("123456789012345678901234567890");
        assertThat(value("true")).isEqualTo("true");
        assertThat(value("null")).isEqualTo("null");
        assertThat(value("\"\"")).isEmpty();
        assertThat(value("\"a \\\"b\\\" \\u00fc\\n\"")).isEqualTo("a \"b\" ü\n");
        assertThat(value("[1,  2.0, \"a b\" ]")).isEqualTo("[1,2.0,\"a b\"]");
        assertThat(value("{ \"a\" : [ 1 , { } ] , \"\\\\\" : \"x \\\" , y\" }"))
                .isEqualTo("{\"a\":[1,{}],\"\\\\\":\"x \\\" , y\"}");
    }

    @Test
    void anObjectIsTakenFromTheRightPlaceBehindAByteOrderMark() {
        assertThat(texts(lines("\uFEFF{\"v\": [1, 2]}\n", "v").get(0))).containsExactly("[1,2]");
    }

    @Test
    void anAttributeThatIsGivenTwiceIsRefused() {
        for (String line : List.of("{\"v\":1,\"v\":2}", "{\"v\":1,\"x\":2,\"x\":3}", "{\"v\":{\"a\":1,\"a\":1}}")) {
            assertThatThrownBy(() -> lines("{\"v\":1}\n" + line, "v"))
                    .isInstanceOf(CorruptRecordException.class)
                    .hasMessageStartingWith("AugmentedManifestFile: line 2: ");
        }
    }

    @Test
    void halfASurrogatePairIsNoText() {
        for (String name : List.of("v", "v-ref")) {
            assertThatThrownBy(() -> lines("{\"" + name + "\":\"s3://b/\\ud800\"}", name))
                    .isInstanceOf(CorruptRecordException.class)
                    .hasMessageStartingWith("AugmentedManifestFile: line 1: ");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    {"Label":1, "a":2}          | expected the attribute "label", but got only [Label, a]
                    {}                          | expected the attribute "label", but got only []
                    [1]                         | expected an object, but got an array
                    7                           | expected an object, but got the number 7
                    {"label":1} {"label":2}     | expected nothing after the object, but got an object
                    """, quoteCharacter = '`')
    void whatIsWrongIsReportedWithItsLine(String line, String message) {
        assertThatThrownBy(() -> lines("{\"label\":0}\n" + line + "\n", "label"))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessage(
                        "AugmentedManifestFile: line 2: " + message + " (s3://lists/train.manifest) [PF-MANIFEST-01]");
    }

    @Test
    void aManifestThatIsCutOffInsideALineIsAnErrorWhereverItIs() {
        String line = "{\"v\":12, \"w\":[1,2]}";
        String manifest = line + "\n" + line + "\n";
        for (int end = 0; end <= manifest.length(); end++) {
            String cut = manifest.substring(0, end);
            int inLine = end % (line.length() + 1);
            if (inLine == 0 || inLine == line.length()) {
                assertThat(lines(cut, "v")).hasSize((end + 1) / (line.length() + 1));
            } else {
                assertThatThrownBy(() -> lines(cut, "v")).as(cut).isInstanceOf(CorruptRecordException.class);
            }
        }
    }

    @Test
    void singleQuotesAreRefusedWithAWordAboutThem() {
        assertThatThrownBy(() -> lines("{'image-ref': 's3://b/1.jpg'}", "image-ref"))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageStartingWith(
                        "AugmentedManifestFile: line 1: invalid JSON: Unexpected character (''' (code 39))")
                .hasMessageEndingWith(
                        "; JSON strings have double quotes, not single quotes (s3://lists/train.manifest) [PF-MANIFEST-01]");
    }

    @Test
    void aLineThatIsCutOffIsNoLegalJson() {
        assertThatThrownBy(() -> lines("{\"label\":0}\n{\"label\":", "label"))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageStartingWith("AugmentedManifestFile: line 2: invalid JSON: Unexpected end-of-input");
    }

    @Test
    void aReferenceIsTheUriOfAnObject() {
        for (String value : List.of("7", "\"b/1.jpg\"", "\"s3://b\"", "\"s3://b/\"", "{}", "\"https://b/1\"")) {
            assertThatThrownBy(() -> lines("{\"i-ref\":" + value + "}", "i-ref"))
                    .isInstanceOf(CorruptRecordException.class)
                    .hasMessageStartingWith("AugmentedManifestFile: line 1: expected the URI of an object"
                            + " s3://bucket/key as the attribute \"i-ref\", but got ");
        }
    }

    @Test
    void aLineWithoutEndIsRefusedBeforeItIsRead() {
        ByteBuffer spaces = ByteBuffer.wrap(" ".repeat(1 << 20).getBytes(UTF_8));
        assertThatThrownBy(() -> Flux.range(0, 1000)
                        .map(i -> spaces.duplicate())
                        .transform(format("v").decode())
                        .blockLast())
                .hasMessage("AugmentedManifestFile: line 1: expected a line of at most 16777216 bytes, but got more"
                        + " (s3://lists/train.manifest) [PF-MANIFEST-01]");
    }

    @Test
    void aPackedLineIsTheSameLine() {
        AugmentedLine line =
                lines("{\"v\":\"zwölf\",\"w\":\"\",\"x\":[1]}", "v", "w", "x").get(0);
        AugmentedLine.LinePacking packing = new AugmentedLine.LinePacking(2);

        AugmentedLine unpacked = packing.unpack(packing.pack(line));

        assertThat(unpacked.number()).isEqualTo(1);
        assertThat(texts(unpacked)).isEqualTo(texts(line));
    }
}
