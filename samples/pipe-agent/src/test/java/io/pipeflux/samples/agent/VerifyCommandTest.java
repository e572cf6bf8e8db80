package io.pipeflux.samples.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.s3.S3Channels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.services.s3.S3AsyncClient;

@ExtendWith(TestCredentials.class)
class VerifyCommandTest {

    private static final byte[] TEN = frames(10, TfRecords.encode());
    private static final int FRAME = TEN.length / 10;

    @TempDir
    private Path root;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int verify(String uri, String... more) {
        out.getBuffer().setLength(0);
        List<String> args = new ArrayList<>(List.of("verify", uri));
        args.addAll(Arrays.asList(more));
        return AgentCommand.run(new PrintWriter(out), new PrintWriter(err), args.toArray(String[]::new));
    }

    private int verify(StubStore store, String... more) {
        return verify(
                "s3://bucket/train/",
                Stream.concat(Stream.of("--endpoint", store.endpoint().toString()), Arrays.stream(more))
                        .toArray(String[]::new));
    }

    /** Returns the line of an object, with single spaces. */
    private String line(String key) {
        return out.toString()
                .lines()
                .map(line -> line.replaceAll(" +", " "))
                .filter(line -> line.endsWith(key) || line.contains(key + ": "))
                .findFirst()
                .orElse("");
    }

    private static byte[] frames(int records, Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encoder) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Flux.range(0, records)
                .map(i -> ByteBuffer.wrap(("record " + i).getBytes(UTF_8)))
                .transform(encoder)
                .doOnNext(frame -> {
                    byte[] copy = new byte[frame.remaining()];
                    frame.duplicate().get(copy);
                    bytes.writeBytes(copy);
                })
                .blockLast();
        return bytes.toByteArray();
    }

    /** Returns the records with a bit flipped in the data of one of them. */
    private static byte[] altered(int record) {
        byte[] bytes = TEN.clone();
        bytes[record * FRAME + 14] ^= 1;
        return bytes;
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream to = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(to)) {
            gzip.write(bytes);
        }
        return to.toByteArray();
    }

    @Test
    void goodObjectsAreCountedAndTheirManifestCanBeRead() throws Exception {
        Path manifest = root.resolve("train.manifest");
        Path report = root.resolve("report.jsonl");
        try (TestStore store = TestStore.start(0)) {
            store.put("train/a \"1\"", TEN);
            store.put("train/b", TEN);
            store.put("train/_SUCCESS", "{}".getBytes(UTF_8));
            store.put("train/empty", new byte[0]);
            String endpoint = store.endpoint().toString();
            assertThat(verify(
                            TestStore.uri("train/"),
                            "--endpoint",
                            endpoint,
                            "--manifest",
                            manifest.toString(),
                            "--report",
                            report.toString()))
                    .as(out + "" + err)
                    .isZero();
            assertThat(line("train/b")).isEqualTo("ok 10 records 240 bytes not verified s3://bucket/train/b");
            assertThat(line("_SUCCESS")).startsWith("ok - records 2 bytes");
            assertThat(line("empty")).startsWith("ok 0 records 0 bytes");
            assertThat(out.toString()).contains("format TFRECORD", "4 objects, 20 records", "all are good.");
            assertThat(Files.readAllLines(report))
                    .hasSize(4)
                    .contains("{\"key\":\"s3://bucket/train/b\",\"bytes\":240,\"records\":10,\"corrupt\":0,"
                            + "\"verified\":false,\"good\":true}");
            store.put("train.manifest", Files.readAllBytes(manifest));
            try (S3AsyncClient client = S3Client.build(store.endpoint(), "us-east-1")) {
                assertThat(S3Channels.manifest(client, TestStore.uri("train.manifest"))
                                .objects()
                                .map(ObjectBytes::key)
                                .collectList()
                                .block())
                        .containsExactly("s3://bucket/train/a \"1\"", "s3://bucket/train/b", "s3://bucket/train/empty");
            }
            store.put("train/b", altered(3));
            assertThat(verify(
                            TestStore.uri("train.manifest"),
                            "--data-type",
                            "ManifestFile",
                            "--endpoint",
                            endpoint,
                            "--manifest",
                            manifest.toString()))
                    .as(out + "" + err)
                    .isEqualTo(Subcommand.DATA_FAILED);
            assertThat(line("train/b")).startsWith("BAD 9 records 240 bytes");
            assertThat(out.toString()).contains("3 objects, 19 records", "The manifest has 2 objects.");
            assertThat(Files.readString(manifest)).contains("a \\\"1\\\"").doesNotContain("train/b");
        }
        try (Stream<Path> files = Files.list(root)) {
            assertThat(files).containsExactlyInAnyOrder(manifest, report);
        }
    }

    @Test
    void anAugmentedManifestIsRefused() {
        assertThat(verify("s3://bucket/a.manifest", "--data-type", "AugmentedManifestFile"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("expected --data-type S3Prefix or ManifestFile");
    }

    @Test
    void whatIsWrongWithOneObjectDoesNotHideTheOthers() throws Exception {
        Path manifest = root.resolve("train.manifest");
        try (StubStore store = new StubStore()) {
            byte[] two = altered(3);
            two[7 * FRAME + 14] ^= 1;
            byte[] length = TEN.clone();
            length[2 * FRAME] ^= 1;
            store.put("train/1", TEN)
                    .put("train/2-records", two)
                    .put("train/3-length", length)
                    .put("train/4-cut", Arrays.copyOf(TEN, TEN.length - 3))
                    .put("train/5-gone", TEN)
                    .put("train/6", TEN)
                    .rule((request, headers) -> request.key().equals("train/5-gone") ? 404 : 0);
            assertThat(verify(store, "--manifest", manifest.toString()))
                    .as(err.toString())
                    .isEqualTo(1);
            assertThat(line("train/1")).startsWith("ok 10 records");
            assertThat(line("train/2-records")).startsWith("BAD 8 records").contains(": 2 corrupt, the first: ");
            assertThat(line("train/3-length")).startsWith("BAD 2 records");
            assertThat(line("train/4-cut")).startsWith("BAD 9 records");
            assertThat(line("train/5-gone")).startsWith("BAD 0 records 0 bytes");
            assertThat(line("train/6")).startsWith("ok 10 records");
            assertThat(out.toString()).contains("6 objects, 39 records", "4 are BAD.", "manifest has 2 objects");
            assertThat(Files.readString(manifest).replace("\n", ""))
                    .isEqualTo("[{\"prefix\":\"s3://bucket/\"},\"train/1\",\"train/6\"]");
        }
    }

    @Test
    void bytesAreComparedWithTheStoresChecksums() throws Exception {
        try (StubStore store = new StubStore()) {
            byte[] sum = MessageDigest.getInstance("SHA-256").digest(TEN);
            store.put("train/1", TEN)
                    .put("train/2", altered(0))
                    .put("train/3", TEN)
                    .rule((request, headers) -> {
                        if (!request.key().equals("train/3")) {
                            headers.put(
                                    "x-amz-checksum-sha256", Base64.getEncoder().encodeToString(sum));
                            headers.put("x-amz-checksum-type", "FULL_OBJECT");
                        }
                        return 0;
                    });
            assertThat(verify(store, "--record-format", "none", "--retries", "0"))
                    .isEqualTo(1);
            assertThat(line("train/1")).startsWith("ok - records 240 bytes verified");
            assertThat(line("train/2")).startsWith("BAD ").contains("expected SHA-256");
            assertThat(line("train/3")).startsWith("ok ").contains("not verified");
            assertThat(verify(store, "--record-format", "none", "--retries", "0", "--require-checksums"))
                    .isEqualTo(1);
            assertThat(line("train/1")).startsWith("ok ");
            assertThat(line("train/3")).startsWith("BAD ");
        }
    }

    @Test
    void aListingThatFailsLeavesNoManifest() throws Exception {
        Path manifest = Files.writeString(root.resolve("train.manifest"), "of yesterday");
        try (StubStore store = new StubStore()) {
            store.mostKeys(2).put("train/1", TEN).put("train/2", TEN).put("train/3", TEN);
            store.rule((request, headers) -> request.query().containsKey("continuation-token") ? 403 : 0);
            assertThat(verify(store, "--manifest", manifest.toString())).isEqualTo(1);
            assertThat(err.toString()).startsWith("error: ").contains("403");
        }
        assertThat(Files.readString(manifest)).isEqualTo("of yesterday");
        try (Stream<Path> files = Files.list(root)) {
            assertThat(files).containsExactly(manifest);
        }
    }

    @Test
    void localFilesOfEveryFormatAreVerified() throws Exception {
        Path data = Files.createDirectories(root.resolve("data"));
        Files.write(data.resolve("a"), gzip(TEN));
        assertThat(verify("file:" + data)).as(err.toString()).isZero();
        assertThat(line("/a")).startsWith("ok 10 records");
        assertThat(verify("file:" + data, "--record-format", "tfrecord", "--compression", "gzip"))
                .isZero();
        assertThat(line("/a")).startsWith("ok 10 records");
        byte[] cut = gzip(TEN);
        cut[cut.length - 6] ^= 1; // in the checksum
        Files.write(data.resolve("a"), cut);
        assertThat(verify("file:" + data)).isEqualTo(1);
        assertThat(out.toString()).isEmpty(); // no format is known
        Files.write(data.resolve("b"), gzip(TEN));
        assertThat(verify("file:" + data)).isEqualTo(1);
        assertThat(line("/a")).startsWith("BAD ");
        assertThat(line("/b")).startsWith("ok 10 records");
        Files.delete(data.resolve("b"));
        Files.write(data.resolve("a"), frames(4, RecordIo.encode()));
        assertThat(verify("file:" + data)).isZero();
        assertThat(line("/a")).startsWith("ok 4 records");
        Files.writeString(data.resolve("a"), "x\ny\nz\n");
        assertThat(verify("file:" + data, "--record-format", "lines")).isZero();
        assertThat(line("/a")).startsWith("ok 3 records");
        assertThat(verify("file:" + data, "--record-format", "recordio")).isEqualTo(1);
        assertThat(line("/a")).startsWith("BAD ");
    }

    @Test
    void wrongOptionsAreOneLine() throws Exception {
        Path file = Files.writeString(root.resolve("a"), "x\n");
        assertThat(verify("nowhere")).isEqualTo(2);
        assertThat(verify("file:" + file, "--manifest", "m")).isEqualTo(2);
        assertThat(verify("file:" + file, "--require-checksums")).isEqualTo(2);
        assertThat(verify("file:" + file, "--compression", "gzip")).isEqualTo(2);
        assertThat(verify("file:" + file, "--report", root + "/no/directory")).isEqualTo(2);
        assertThat(verify("file:" + file, "--retries", "-1")).isEqualTo(2);
        assertThat(verify("file:" + root.resolve("missing"))).isEqualTo(1);
        assertThat(err.toString().lines()).hasSize(7).allMatch(line -> line.startsWith("error: "));
    }

    @Test
    void noObjectsAreNotGoodOnes() throws Exception {
        try (StubStore store = new StubStore()) {
            assertThat(verify(store)).isNotZero();
            assertThat(out.toString()).doesNotContain("good");
        }
        assertThat(verify("file:" + Files.createDirectory(root.resolve("empty"))))
                .isNotZero();
        assertThat(out.toString()).doesNotContain("good");
    }
}
