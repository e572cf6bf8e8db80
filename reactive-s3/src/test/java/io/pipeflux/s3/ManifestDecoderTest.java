package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.test.Chunking;
import io.pipeflux.test.Chunkings;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

class ManifestDecoderTest {

    private static final FrameFormat<S3ObjectRef> FORMAT =
            ManifestDecoder.format(S3Uri.parse("s3://lists/train.manifest"));

    private static List<String> entries(String manifest) {
        return Flux.just(ByteBuffer.wrap(manifest.getBytes(UTF_8)))
                .transform(FORMAT.decode())
                .map(S3ObjectRef::name)
                .collectList()
                .block();
    }

    @Test
    void anEntryIsThePrefixAndTheStringHoweverTheBytesAreCut() {
        String manifest = """
                [
                  {"version": {"prefix": "s3://wrong/", "x": [1, {}]}, "prefix": "s3://bucket/dir x/a"},
                  "",
                  "b/c",  "/d", "\\u00fc\\n\\"日 +&=%?#.txt", "../e"
                ]
                """;
        for (Chunking chunking : Chunkings.of(manifest.getBytes(UTF_8)).toList()) {
            assertThat(chunking.bytes().transform(FORMAT.decode()).collectList().block())
                    .as(chunking.name())
                    .extracting(S3ObjectRef::name)
                    .containsExactly(
                            "s3://bucket/dir x/a",
                            "s3://bucket/dir x/ab/c",
                            "s3://bucket/dir x/a/d",
                            "s3://bucket/dir x/aü\n\"日 +&=%?#.txt",
                            "s3://bucket/dir x/a../e");
        }
    }

    @Test
    void aPrefixWithoutASlashGivesTheOneOfTheEntry() {
        assertThat(entries("[{\"prefix\":\"s3://bucket\"},\"/a\"]")).containsExactly("s3://bucket/a");
        assertThatThrownBy(() -> entries("[{\"prefix\":\"s3://bucket\"},\"s/a\"]"))
                .hasMessageContaining("element 2: expected an object in the bucket of the prefix s3://bucket, but got"
                        + " s3://buckets/a");
        assertThatThrownBy(() -> entries("[{\"prefix\":\"s3://bucket/\"},\"\"]"))
                .hasMessageContaining("element 2: expected the URI of an object, but got s3://bucket/");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    {"prefix":"s3://b/"}             | line 1: expected an array, but got an object
                    "s3://b/a"                       | line 1: expected an array, but got the string "s3://b/a"
                    []                               | line 1, element 1: expected {"prefix": "s3://bucket/..."}, but got the end of the array
                    ["s3://b/a"]                     | line 1, element 1: expected {"prefix": "s3://bucket/..."}, but got the string "s3://b/a"
                    [{}, "a"]                        | line 1, element 1: expected {"prefix": "s3://bucket/..."}, but got an object without a string "prefix"
                    [{"prefix": 7}, "a"]             | line 1, element 1: expected {"prefix": "s3://bucket/..."}, but got an object without a string "prefix"
                    [{"prefix": "https://b/"}, "a"]  | line 1, element 1: expected an S3 URI s3://bucket/prefix, https://s3.REGION.amazonaws.com/bucket/prefix or https://bucket.s3.REGION.amazonaws.com/prefix, but got 'https://b/'
                    [{"prefix": "s3://b/"}, 7]       | line 1, element 2: expected a string, which follows the prefix, but got the number 7
                    [{"prefix": "s3://b/"}, "a", {}] | line 1, element 3: expected a string, which follows the prefix, but got an object
                    [{"prefix": "s3://b/"}, null]    | line 1, element 2: expected a string, which follows the prefix, but got null
                    [{"prefix":"s3://b/","prefix":"s3://c/"}, "a"] | line 1, element 1: invalid JSON: Duplicate Object property "prefix"
                    [{"prefix": "s3://b/"}, "a"] []  | line 1, element 2: expected nothing after the array, but got [
                    """, quoteCharacter = '`')
    void whatIsWrongIsReportedWithLineAndElement(String manifest, String message) {
        assertThatThrownBy(() -> entries(manifest))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessage("ManifestFile: " + message + " (s3://lists/train.manifest) [PF-MANIFEST-01]");
    }

    @Test
    void entriesAreLiteralAlsoAfterAUrl() {
        assertThat(entries("[{\"prefix\":\"https://b.s3.amazonaws.com/a%20b/\"},\"%41#?\"]"))
                .containsExactly("s3://b/a b/%41#?");
        assertThat(entries("[{\"prefix\":\"S3://b\"},\"/a\"]")).isEqualTo(entries("[{\"prefix\":\"s3://b\"},\"/a\"]"));
        assertThat(entries("[{\"prefix\":\"https://s3.amazonaws.com/b\"},\"a\"]"))
                .containsExactly("s3://b/a");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\ud800", "x\\udc00", "\\ud800x", "\\udc00\\ud800"})
    void halfASurrogatePairIsNoKey(String entry) {
        assertThatThrownBy(() -> entries("[{\"prefix\":\"s3://b/\"},\n\"x\",\n\"" + entry + "\"]"))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageStartingWith("ManifestFile: line 3, element 3: expected an S3 URI of whole characters");
        assertThatThrownBy(() -> entries("[{\"prefix\":\"s3://b/" + entry + "/\"},\n\"x\"]"))
                .isInstanceOf(CorruptRecordException.class);
        assertThat(entries("[{\"prefix\":\"s3://b/\"},\"\\ud83d\\ude00\"]")).containsExactly("s3://b/\ud83d\ude00");
    }

    @Test
    void illegalJsonIsReportedWithItsLineAndEntriesBeforeItAreGiven() {
        Flux<String> entries = Flux.just(
                        ByteBuffer.wrap("[{\"prefix\": \"s3://b/\"},\n \"a\",\n 'b'\n]".getBytes(UTF_8)))
                .transform(FORMAT.decode())
                .map(S3ObjectRef::name);

        assertThat(entries.onErrorComplete().collectList().block()).containsExactly("s3://b/a");
        assertThatThrownBy(entries::blockLast)
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageStartingWith(
                        "ManifestFile: line 3, element 2: invalid JSON: Unexpected character (''' (code" + " 39))");
    }

    @Test
    void aManifestThatIsCutOffIsTruncatedWhereverItIs() {
        String manifest = "[{\"prefix\":\"s3://b/\"},\"a\",\"b\"]";
        for (int length = 0; length < manifest.length(); length++) {
            String cut = manifest.substring(0, length);
            assertThatThrownBy(() -> entries(cut))
                    .as(cut)
                    .isInstanceOf(TruncatedInputException.class)
                    .hasMessageStartingWith("ManifestFile: line 1")
                    .hasMessageEndingWith(": the array has no end (s3://lists/train.manifest) [PF-END-01]");
        }
    }

    @Test
    void aHundredMebibytesPassInSmallMemoryAsTheyAreAskedFor() {
        ByteBuffer head = ByteBuffer.wrap("[{\"prefix\":\"s3://b/\"}".getBytes(UTF_8));
        byte[] entries =
                ",\"some/relative/path/of/custdata-123456\"".repeat(6553).getBytes(UTF_8); // 256 KiB
        AtomicLong chunks = new AtomicLong();
        Flux<ByteBuffer> manifest = Flux.concat(
                Flux.just(head),
                Flux.range(0, 400).map(i -> {
                    chunks.incrementAndGet();
                    return ByteBuffer.wrap(entries);
                }),
                Flux.just(ByteBuffer.wrap("]".getBytes(UTF_8))));

        assertThat(manifest.transform(FORMAT.decode()).take(2 * 6553).count().block())
                .isEqualTo(2 * 6553);
        assertThat(chunks.get()).isLessThanOrEqualTo(3);
        assertThat(manifest.transform(FORMAT.decode()).count().block()).isEqualTo(400 * 6553);
    }
}
