package io.pipeflux.samples.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.s3.S3Channels;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TestCredentials.class)
class PackCommandTest {

    static TestStore store;

    @TempDir
    private Path root;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void startStore() throws Exception {
        store = TestStore.start(0);
    }

    @AfterAll
    static void stopStore() {
        store.close();
    }

    private int pack(String... args) {
        List<String> all =
                new ArrayList<>(List.of("pack", "--endpoint", store.endpoint().toString()));
        all.addAll(Arrays.asList(args));
        return AgentCommand.run(new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
    }

    private static String text(RawRecord record) {
        return UTF_8.decode(record.bytes()).toString();
    }

    @Test
    void linesOfFilesBecomeTfRecordsInObjectsWithAManifestAndIndexes() throws Exception {
        List<String> lines =
                IntStream.range(0, 3000).mapToObj(i -> i + "x".repeat(1000)).toList();
        Files.write(root.resolve("a.txt"), lines.subList(0, 2000));
        Files.write(root.resolve("b.txt"), lines.subList(2000, 3000));

        int code = pack("file:" + root, TestStore.uri("packed"), "--object-mib", "1", "--index", "100");

        assertThat(err.toString()).isEmpty();
        assertThat(code).isZero();
        assertThat(out.toString()).contains("3,000 records in 3 objects").contains(TestStore.uri("packed.manifest"));
        assertThat(S3Channels.manifest(store.client(), TestStore.uri("packed.manifest"))
                        .objects()
                        .transform(TfRecords.decodeObjects())
                        .map(PackCommandTest::text)
                        .collectList()
                        .block())
                .isEqualTo(lines);
        assertThat(S3Channels.prefix(store.client(), TestStore.uri("packed.index/"))
                        .objects()
                        .count()
                        .block())
                .isEqualTo(3);
    }

    @Test
    void wholeObjectsBecomeRecords() {
        store.put("images/1", new byte[] {1, 2, 3});
        store.put("images/2", new byte[0]);
        store.put("images/3", "three".getBytes(UTF_8));

        int code =
                pack(TestStore.uri("images/"), TestStore.uri("images-packed"), "--whole-objects", "--as", "recordio");

        assertThat(err.toString()).isEmpty();
        assertThat(code).isZero();
        assertThat(S3Channels.prefix(store.client(), TestStore.uri("images-packed/"))
                        .objects()
                        .transform(RecordIo.decodeObjects())
                        .map(PackCommandTest::text)
                        .collectList()
                        .block())
                .containsExactly("\1\2\3", "", "three");
    }

    @Test
    void wrongInputIsNamed() throws Exception {
        Files.writeString(root.resolve("a.txt"), "a\n");
        assertThat(pack("file:" + root, TestStore.uri("x"), "--object-mib", "0"))
                .isEqualTo(2);
        assertThat(pack("file:" + root, TestStore.uri("x"), "--index", "1", "--as", "lines"))
                .isEqualTo(2);
        assertThat(pack("file:" + root, "/tmp/x")).isEqualTo(2);
        assertThat(pack("file:" + root)).isEqualTo(2);
        store.put("full/a", new byte[1]);
        assertThat(pack("file:" + root, TestStore.uri("full"))).isEqualTo(1);
        assertThat(err.toString()).contains("expected an empty folder");
    }
}
