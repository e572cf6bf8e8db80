package io.pipeflux.samples.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.pipe.PipeChannels;
import io.pipeflux.core.pipe.PipeOptions;
import io.pipeflux.records.arrow.ArrowStreams;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

/** Rows and records that are skipped within limits, and checksums of S3, by the program's options. */
@ExtendWith(TestCredentials.class)
class BadRecordsTest {

    @TempDir
    private Path root;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void makeRoot() throws IOException {
        Files.createDirectories(root.resolve("data"));
        Files.writeString(root.resolve("schema.json"), """
                {"records": "csv", "fields": [{"name": "id", "dtype": "int64"}, {"name": "kind", "dtype": "utf8"}]}
                """);
    }

    private int run(String... args) {
        return AgentCommand.run(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                Stream.concat(
                                Stream.of(
                                        "--epochs",
                                        "1",
                                        "--directory",
                                        root.resolve("ml").toString()),
                                Stream.of(args))
                        .toArray(String[]::new));
    }

    private String[] emission(String... more) {
        return Stream.concat(
                        Stream.of(
                                "--channel",
                                "train=file:" + root.resolve("data"),
                                "--emit",
                                "arrow",
                                "--schema",
                                root.resolve("schema.json").toString(),
                                "--batch-size",
                                "2"),
                        Stream.of(more))
                .toArray(String[]::new);
    }

    /** The rows that are read of one epoch; then the program's exit code. */
    private List<Long> read(String... more) throws Exception {
        CompletableFuture<Integer> agent = start(emission(more));
        List<Long> ids = new ArrayList<>();
        try {
            PipeChannels.create(PipeOptions.mlRoot(root.resolve("ml")))
                    .channel("train")
                    .transform(ArrowStreams.decode())
                    .doOnNext(batch -> {
                        for (int i = 0; i < batch.rows(); i++) {
                            ids.add(batch.column("id").asLongBuffer().get(i));
                        }
                    })
                    .blockLast();
        } catch (RuntimeException e) {
            assertThat(agent.get()).isEqualTo(1);
            ids.add(-1L);
            return ids;
        }
        assertThat(agent.get()).as(err.toString()).isZero();
        return ids;
    }

    private CompletableFuture<Integer> start(String... args) {
        return CompletableFuture.supplyAsync(() -> run(args), Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        }));
    }

    @Test
    void rowsThatDoNotParseAreSkippedAndWrittenWhereTheyCanBeLookedAt() throws Exception {
        Files.writeString(root.resolve("data/a.csv"), "1,a\nx,b\n2,c\n3,d,e\n4,f\n");
        Path bad = root.resolve("bad.jsonl");

        assertThat(read("--max-bad-records", "2", "--bad-records-to", bad.toString()))
                .containsExactly(1L, 2L, 4L);
        List<String> lines = Files.readAllLines(bad);
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0))
                .startsWith("{\"channel\":\"train\",\"source\":\"file://" + root.resolve("data/a.csv"))
                .contains("\"epoch\":0,\"byte\":4,\"record\":1,\"cause\":\"")
                .endsWith("\"bytes\":\"" + base64("x,b") + "\"}");
        assertThat(lines.get(1)).contains("\"record\":3").contains(base64("3,d,e"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(bad)))
                .isEqualTo("rw-------");
    }

    @Test
    void oneMoreThanTheLimitsEndsTheRun() throws Exception {
        Files.writeString(root.resolve("data/a.csv"), "1,a\n2,a\nx,b\ny,b\n3,c\nz,b\n4,d\n");

        assertThat(read()).endsWith(-1L);
        assertThat(read("--max-bad-records", "2")).endsWith(-1L);
        assertThat(read("--max-bad-records", "9", "--max-bad-in-a-row", "1")).endsWith(-1L);
        assertThat(read("--max-bad-records", "9", "--max-bad-share", "0.002")).endsWith(-1L);
        assertThat(read("--max-bad-records", "9", "--max-bad-in-a-row", "2", "--max-bad-share", "0.003"))
                .containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void aRecordWithAWrongChecksumIsSkippedToo() throws Exception {
        byte[] bytes = frames("1,a", "2,b", "3,c");
        bytes[12 + 4 + 3 + 12] ^= 1; // in the second record
        Files.write(root.resolve("data/a.tfrecord"), bytes);
        Path bad = root.resolve("bad.jsonl");

        assertThat(read("--max-bad-records", "1", "--bad-records-to", bad.toString()))
                .containsExactly(1L, 3L);
        assertThat(Files.readString(bad)).contains("\"record\":1").contains("checksum");
        assertThat(read()).endsWith(-1L);
    }

    private static byte[] frames(String... records) {
        List<byte[]> frames = Flux.just(records)
                .map(record -> ByteBuffer.wrap(record.getBytes(StandardCharsets.UTF_8)))
                .transform(TfRecords.encode())
                .map(frame -> {
                    byte[] bytes = new byte[frame.remaining()];
                    frame.get(bytes);
                    return bytes;
                })
                .collectList()
                .block();
        return Objects.requireNonNull(frames).stream().reduce(new byte[0], (first, second) -> {
            byte[] both = Arrays.copyOf(first, first.length + second.length);
            System.arraycopy(second, 0, both, first.length, second.length);
            return both;
        });
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--max-bad-records -1",
                "--max-bad-in-a-row 1",
                "--max-bad-share 0.5",
                "--bad-records-to bad.jsonl",
                "--max-bad-records 1 --max-bad-in-a-row 0",
                "--max-bad-records 1 --max-bad-share 0",
                "--max-bad-records 1 --max-bad-share 1.5",
                "--max-bad-records 1 --bad-records-to no/such/directory/bad.jsonl"
            })
    void limitsThatCannotBeMeantAreOneLine(String options) {
        assertThat(run(emission(options.split(" ")))).isEqualTo(2);
        assertThat(err.toString().lines()).singleElement().asString().startsWith("error: ");
    }

    @Test
    void bytesAreNotParsedSoNoneAreBad() {
        assertThat(run("--channel", "train=file:" + root.resolve("data"), "--max-bad-records", "1"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("--emit arrow");
    }

    /** The store of the tests has no checksums. */
    @Test
    void checksumsMayBeRequired() throws Exception {
        try (TestStore store = TestStore.start(0)) {
            store.put("train/a", "1,a\n".getBytes(StandardCharsets.UTF_8));
            for (String checksums : List.of("require", "when_available", "off")) {
                CompletableFuture<Integer> agent = start(
                        "--channel",
                        "train=" + TestStore.uri("train/"),
                        "--endpoint",
                        store.endpoint().toString(),
                        "--checksums",
                        checksums);
                Path pipe = AgentProcess.awaitFile(root.resolve("ml/input/data/train_0"));
                byte[] bytes = Command.run("cat", pipe.toString());
                assertThat(agent.get()).as(checksums + err).isEqualTo(checksums.equals("require") ? 2 : 0);
                assertThat(bytes).hasSize(checksums.equals("require") ? 0 : 4);
            }
        }
    }
}
