package io.pipeflux.samples.agent;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.samples.agent.AgentProcess.awaitFile;
import static java.nio.file.attribute.PosixFilePermission.OWNER_EXECUTE;
import static java.nio.file.attribute.PosixFilePermission.OWNER_READ;
import static java.nio.file.attribute.PosixFilePermission.OWNER_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.pipe.PipeChannels;
import io.pipeflux.core.pipe.PipeOptions;
import io.pipeflux.records.arrow.ArrowStreams;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.records.rows.Field;
import io.pipeflux.records.rows.RowGroups;
import io.pipeflux.records.rows.RowSchema;
import io.pipeflux.records.text.TextLines;
import java.io.ByteArrayOutputStream;
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
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the program does with what it is given; in this process. */
class AgentCommandTest {

    private static TestStore store;

    @TempDir
    private Path root;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void startStore() throws Exception {
        store = TestStore.start(0);
        System.setProperty("aws.accessKeyId", TestStore.ACCESS_KEY);
        System.setProperty("aws.secretAccessKey", TestStore.SECRET_KEY);
    }

    @AfterAll
    static void stopStore() {
        store.close();
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
    }

    @BeforeEach
    void makeRoot() throws IOException {
        Files.createDirectories(root.resolve("data"));
    }

    @Test
    void anAugmentedManifestBecomesRecordsInTheOrderOfItsAttributes() throws Exception {
        store.put("images/1.jpg", text("first"));
        store.put("images/2.jpg", text("second"));
        store.put(
                "train.manifest",
                text("{\"image-ref\": \"" + TestStore.uri("images/1.jpg")
                        + "\", \"class\": 1}\n{\"class\": 0, \"image-ref\": \"" + TestStore.uri("images/2.jpg")
                        + "\"}\n"));
        Path config = file("channels.json", """
                [{"ChannelName": "train",
                  "DataSource": {"S3DataSource": {
                      "S3DataType": "AugmentedManifestFile", "S3Uri": "%s",
                      "S3DataDistributionType": "FullyReplicated", "AttributeNames": ["image-ref", "class"]}},
                  "ContentType": "application/x-recordio", "RecordWrapperType": "RecordIO", "InputMode": "Pipe",
                  "EnableFFM": true}]
                """.formatted(TestStore.uri("train.manifest")));

        CompletableFuture<Integer> agent = start("--input-data-config", config.toString(), "--epochs", "1");
        List<String> records = pipes().channel("train")
                .transform(RecordIo.decode())
                .map(AgentCommandTest::text)
                .collectList()
                .block();

        assertThat(records).containsExactly("first", "1", "second", "0");
        assertThat(agent.get()).isZero();
        assertThat(out.toString())
                .contains("ignored fields of " + config
                        + ": channel 1 ('train'): EnableFFM. The agent does not use them.");
        assertThat(Files.readString(root.resolve("ml/input/config/inputdataconfig.json")))
                .isEqualTo("{\"train\":{\"ContentType\":\"application/x-recordio\",\"TrainingInputMode\":\"Pipe\","
                        + "\"S3DistributionType\":\"FullyReplicated\",\"RecordWrapperType\":\"RecordIO\"}}");
    }

    @Test
    void anAugmentedManifestOnTheDiskNamesFiles() throws Exception {
        Files.writeString(root.resolve("data/1.jpg"), "first");
        Files.writeString(
                root.resolve("train.manifest"), "{\"image-ref\": \"file:data/1.jpg\", \"class\": 1}\n".repeat(2));
        Path config = file("channels.json", """
                [{"ChannelName": "train", "RecordWrapperType": "RecordIO",
                  "DataSource": {"S3DataSource": {"S3DataType": "AugmentedManifestFile", "S3Uri": "file:%s",
                      "AttributeNames": ["image-ref", "class"]}}}]
                """.formatted(root.resolve("train.manifest")));

        CompletableFuture<Integer> agent = start("--input-data-config", config.toString(), "--epochs", "1");
        RowSchema rows = RowGroups.of(Field.bytes("image"), Field.int64("class"));
        ColumnBatch batch = pipes().channel("train")
                .transform(rows.decode())
                .transform(mapAndBatch(2, 1, rows.batches()))
                .blockLast();

        assertThat(batch.column("image").bytes(1)).isEqualTo(ByteBuffer.wrap(text("first")));
        assertThat(batch.column("class").asLongBuffer().get(1)).isEqualTo(1);
        assertThat(agent.get()).isZero();
    }

    @Test
    void aChannelOfFilesIsInflatedWrappedShuffledAndShared() throws Exception {
        for (int i = 0; i < 10; i++) {
            Files.write(root.resolve("data/" + i + ".gz"), gzip(text("object " + i)));
        }
        List<List<String>> epochs = new ArrayList<>();
        CompletableFuture<Integer> agent = start(
                "--channel",
                "train=file:" + root.resolve("data"),
                "--epochs",
                "2",
                "--shuffle-seed",
                "7",
                "--shard",
                "1/2",
                "--compression",
                "gzip",
                "--record-wrapper",
                "recordio",
                "--hyperparameter",
                "a=b");
        PipeChannels pipes = pipes();
        for (int epoch = 0; epoch < 2; epoch++) {
            epochs.add(pipes.channel("train")
                    .transform(RecordIo.decode())
                    .map(AgentCommandTest::text)
                    .collectList()
                    .block());
        }

        assertThat(agent.get()).isZero();
        assertThat(epochs).allSatisfy(epoch -> assertThat(epoch).hasSize(5).doesNotHaveDuplicates());
        assertThat(epochs.get(0)).isNotEqualTo(epochs.get(1));
        assertThat(config("resourceconfig.json"))
                .contains("\"current_host\":\"algo-2\",\"hosts\":[\"algo-1\",\"algo-2\"]");
        assertThat(config("inputdataconfig.json")).contains("ShardedByS3Key").contains("RecordIO");
        assertThat(config("hyperparameters.json")).isEqualTo("{\"a\":\"b\"}");
    }

    @Test
    void aGroupMayReadPipesAndConfigurationIfTheOptionsSaySo() throws Exception {
        Files.writeString(root.resolve("data/a"), "a");
        String group = Files.getAttribute(root, "unix:gid").toString();
        CompletableFuture<Integer> agent = start(
                "--channel",
                "train=file:" + root.resolve("data"),
                "--epochs",
                "1",
                "--pipe-mode",
                "0640",
                "--pipe-group",
                group);
        PipeChannels pipes = pipes();
        awaitFile(root.resolve("ml/input/data/train_0"));
        assertThat(mode("input/data/train_0")).isEqualTo("0640");
        assertThat(mode("input/data/.train_0.end")).isEqualTo("0640");
        assertThat(mode("input/config/inputdataconfig.json")).isEqualTo("0640");
        assertThat(mode("input/data")).isEqualTo("0750");
        assertThat(mode("input/.agent.lock")).isEqualTo("0600");
        pipes.channel("train").blockLast();
        assertThat(agent.get()).isZero();
    }

    private String mode(String path) throws IOException {
        int mode = (Integer) Files.getAttribute(root.resolve("ml").resolve(path), "unix:mode") & 07777;
        return String.format("%04o", mode);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0644 | 1 | expected 0600, 0640 or 0660 as --pipe-mode, but got '0644'",
                "0600 | 1 | expected --pipe-mode 0640 or 0660 with --pipe-group, but got 0600",
                "0640 | no such group | of a group of this host, but got \"no such group\""
            })
    void anAccessThatIsNoneIsRefused(String mode, String group, String message) throws Exception {
        assertThat(start("--channel", "train=file:" + root.resolve("data"), "--pipe-mode", mode, "--pipe-group", group)
                        .get())
                .isEqualTo(2);
        assertThat(err.toString()).contains(message);
    }

    @Test
    void namesThatDriveATerminalAreShown() throws Exception {
        assertThat(start("--channel", "tr\u001b[2Jain\nerror=file:/a\u202e\u0085")
                        .get())
                .isEqualTo(2);
        assertThat(err.toString().strip())
                .contains("tr\\u001b[2Jain")
                .matches(text -> text.codePoints().noneMatch(Character::isISOControl), "has no control characters");
    }

    @Test
    void theHostsOfAChannelsInstanceGroupsShareItAndOthersDoNotHaveIt() throws Exception {
        for (int i = 0; i < 10; i++) {
            store.put("groups/" + i, text("object " + i + "\n"));
        }
        String channels = """
                [{"ChannelName": "train", "DataSource": {"S3DataSource": {"S3Uri": "%1$s",
                  "S3DataDistributionType": "ShardedByS3Key", "InstanceGroupNames": ["gpu"]}}},
                 {"ChannelName": "all", "DataSource": {"S3DataSource": {"S3Uri": "%1$s",
                  "S3DataDistributionType": "ShardedByS3Key"}}}]""".formatted(TestStore.uri("groups/"));
        Path config = file("groups.json", channels);
        List<String> train = new ArrayList<>();
        List<String> all = new ArrayList<>();
        for (String host : List.of("algo-1", "algo-2", "algo-3")) {
            boolean gpu = !host.equals("algo-1");
            writeHosts("""
                    {"current_host":"%s","current_group_name":"%s","hosts":["algo-1","algo-2","algo-3"],
                     "instance_groups":[{"instance_group_name":"cpu","instance_type":"c","hosts":["algo-1"]},
                     {"instance_group_name":"gpu","instance_type":"g","hosts":["algo-2","algo-3"]}]}""".formatted(host, gpu ? "gpu" : "cpu"));
            CompletableFuture<Integer> agent =
                    start("--input-data-config", config.toString(), "--shard", "auto", "--epochs", "1");
            PipeChannels pipes = pipes();
            if (gpu) {
                train.addAll(lines(pipes, "train"));
            }
            all.addAll(lines(pipes, "all"));
            assertThat(agent.get()).isZero();
        }
        assertThat(train).hasSize(10).doesNotHaveDuplicates();
        assertThat(all).hasSize(10).doesNotHaveDuplicates();
        assertThat(out.toString()).containsOnlyOnce("channel train is not filled");

        assertWrong(
                "channel train: InstanceGroupNames [gpu]: expected --shard auto",
                "--input-data-config",
                config.toString());
        writeHosts("{\"current_host\":\"algo-1\",\"hosts\":[\"algo-1\"]}");
        assertWrong("but got [gpu]", "--input-data-config", config.toString(), "--shard", "auto");
        writeHosts("{\"current_host\":\"algo-1\"}");
        assertWrong("\"hosts\"", "--channel", "train=file:" + root, "--shard", "auto");
    }

    @Test
    void everyObjectIsReadByOneOfTheHosts() throws Exception {
        for (int i = 0; i < 4; i++) {
            Files.writeString(root.resolve("data/" + i), i + "\n");
        }
        List<String> read = new ArrayList<>();
        for (String host : List.of("a", "b")) {
            CompletableFuture<Integer> agent = start(
                    "--channel",
                    "train=file:" + root.resolve("data"),
                    "--epochs",
                    "1",
                    "--shard",
                    "auto",
                    "--hosts",
                    "b, a",
                    "--current-host",
                    host);
            read.addAll(lines(pipes(), "train"));
            assertThat(agent.get()).isZero();
            assertThat(config("resourceconfig.json"))
                    .contains("\"current_host\":\"" + host + "\",\"hosts\":[\"a\",\"b\"]");
            Files.delete(root.resolve("ml/input/config/inputdataconfig.json")); // readers wait for the next one's
        }
        assertThat(read).containsExactly("0", "2", "1", "3");
    }

    @Test
    void sharesByBytesGiveALargeObjectAHostOfItsOwn() throws Exception {
        Files.writeString(root.resolve("data/0"), "0".repeat(1000) + "\n");
        for (int i = 1; i < 4; i++) {
            Files.writeString(root.resolve("data/" + i), i + "\n");
        }
        List<List<String>> read = new ArrayList<>();
        for (String share : List.of("0/2", "1/2")) {
            CompletableFuture<Integer> agent = start(
                    "--channel",
                    "train=file:" + root.resolve("data"),
                    "--epochs",
                    "1",
                    "--shard",
                    share,
                    "--shard-by",
                    "bytes");
            read.add(lines(pipes(), "train"));
            assertThat(agent.get()).isZero();
            Files.delete(root.resolve("ml/input/config/inputdataconfig.json")); // readers wait for the next one's
        }
        assertThat(read).containsExactlyInAnyOrder(List.of("0".repeat(1000)), List.of("1", "2", "3"));
    }

    @Test
    void sharesByBytesNeedTheSizesOfAListing() throws Exception {
        Path config = file("manifest.json", """
                [{"ChannelName": "train", "DataSource": {"S3DataSource": {"S3Uri": "s3://b/manifest",
                  "S3DataType": "ManifestFile", "S3DataDistributionType": "ShardedByS3Key"}}}]""");
        assertWrong(
                "channel train: expected --shard-by count with a ManifestFile, which states no sizes, but got bytes",
                "--input-data-config",
                config.toString(),
                "--shard",
                "0/2",
                "--shard-by",
                "bytes");
        assertWrong(
                "'size'", "--channel", "train=file:" + root.resolve("data"), "--shard", "0/2", "--shard-by", "size");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a,b,b|a|expected each host once in --hosts, but got [a, b, b]",
                "a,b,' b'|a|expected each host once in --hosts",
                "a,a|a|expected each host once in --hosts, but got [a, a]",
                "a,,b|a|expected names of hosts as --hosts, but got [a, , b]",
                "a,b|c|expected one of the hosts [a, b] as the current one, but got 'c'",
                "A,b|a|expected one of the hosts [A, b] as the current one, but got 'a'"
            })
    void hostsThatCannotShareAreRefused(String hosts, String current, String message) {
        for (String[] shard : new String[][] {{}, {"--shard", "auto"}, {"--shard", "0/2"}, {"--shard", "0/3"}}) {
            assertWrong(
                    message,
                    Stream.concat(
                                    Stream.of(shard),
                                    Stream.of(
                                            "--channel",
                                            "train=file:" + root.resolve("data"),
                                            "--hosts",
                                            hosts.replace("'", ""),
                                            "--current-host",
                                            current))
                            .toArray(String[]::new));
        }
    }

    private static List<String> lines(PipeChannels pipes, String channel) {
        return pipes.channel(channel)
                .transform(TextLines.decode())
                .map(AgentCommandTest::text)
                .collectList()
                .block();
    }

    private void writeHosts(String json) throws IOException {
        Path directory = Files.createDirectories(root.resolve("ml/input/config"));
        Files.deleteIfExists(directory.resolve("inputdataconfig.json")); // another host's: readers wait for this one's
        Files.writeString(directory.resolve("resourceconfig.json"), json);
    }

    @Test
    void emitsBatchesAsArrowStreams() throws Exception {
        Files.writeString(root.resolve("data/a.csv"), "1,0.5,x\n2,1.5,y\n3,,z\n");
        Files.writeString(root.resolve("data/b.csv"), "4,3.5,w\n");
        Path schema = file("schema.json", """
                {"records": "csv",
                 "fields": [{"name": "id", "dtype": "int64"},
                            {"name": "price", "dtype": "float32", "default": -1},
                            {"name": "kind", "dtype": "bytes"}]}
                """);

        CompletableFuture<Integer> agent = start(
                "--channel",
                "train=file:" + root.resolve("data"),
                "--epochs",
                "1",
                "--emit",
                "arrow",
                "--schema",
                schema.toString(),
                "--batch-size",
                "3");
        List<ColumnBatch> batches = pipes().channel("train")
                .transform(ArrowStreams.decode())
                .collectList()
                .block();

        assertThat(agent.get()).isZero();
        assertThat(batches).extracting(ColumnBatch::rows).containsExactly(3, 1);
        assertThat(batches.get(0).column("id").asLongBuffer().get(2)).isEqualTo(3);
        assertThat(batches.get(0).column("price").asFloatBuffer().get(2)).isEqualTo(-1);
        assertThat(batches.get(1).column("price").asFloatBuffer().get(0)).isEqualTo(3.5f);
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "lines"})
    void anEpochWithoutContentIsAnArrowStreamWithoutBatches(String format) throws Exception {
        Files.writeString(root.resolve("data/empty.csv"), "");
        for (String shard : List.of("0/2", "1/2")) { // an empty object, no object
            CompletableFuture<Integer> agent =
                    start(arrow("--epochs", "2", "--shard", shard, "--record-format", format));
            PipeChannels pipes = pipes();
            for (int epoch = 0; epoch < 2; epoch++) {
                assertThat(pipes.channel("train")
                                .transform(ArrowStreams.decode())
                                .collectList()
                                .block())
                        .isEmpty();
            }
            assertThat(agent.get()).isZero();
            Files.delete(root.resolve("ml/input/config/inputdataconfig.json")); // readers wait for the next one's
        }
    }

    @Test
    void anEpochWithContentAfterOneWithoutIsBatches() throws Exception {
        Path object = Files.writeString(root.resolve("data/a.csv"), "");
        CompletableFuture<Integer> agent = start(arrow("--epochs", "2"));
        PipeChannels pipes = pipes();
        List<Integer> rows = new ArrayList<>();
        for (int epoch = 0; epoch < 2; epoch++) {
            pipes.channel("train")
                    .transform(ArrowStreams.decode())
                    .doOnNext(batch -> rows.add(batch.rows()))
                    .blockLast();
            Files.writeString(object, "1\n2\n");
            if (epoch == 0) {
                assertThat(rows).isEmpty();
            }
        }
        assertThat(agent.get()).isZero();
        assertThat(rows).containsExactly(2);
    }

    @Test
    void objectsThatAreNotInGzipThoughTheUserSaysSoAreRefused() throws Exception {
        Files.writeString(root.resolve("data/a.csv"), "1\n");
        CompletableFuture<Integer> agent = start(arrow("--epochs", "1", "--compression", "gzip"));
        Command.run("cat", awaitFile(root.resolve("ml/input/data/train_0")).toString());
        assertThat(agent.get()).isEqualTo(1);
        assertOneLine("a.csv: expected an object in GZIP");
    }

    @Test
    void compressedDataThatAreReadAsRecordsAdviseTheOption() throws Exception {
        Files.write(root.resolve("data/a"), gzip(text("x".repeat(1000))));
        CompletableFuture<Integer> agent = start(arrow("--epochs", "1", "--record-format", "tfrecord"));
        Command.run("cat", awaitFile(root.resolve("ml/input/data/train_0")).toString());
        assertThat(agent.get()).isEqualTo(1);
        assertThat(err.toString()).doesNotContain("Compression.", "decode with");
        assertOneLine("the first bytes are those of GZIP: set --compression gzip");
    }

    @Test
    void anExistingDirectoryThatTheGroupCannotEnterIsSaidAtTheStart() throws Exception {
        Files.writeString(root.resolve("data/a"), "1");
        Path ml = Files.createDirectory(
                root.resolve("ml"),
                PosixFilePermissions.asFileAttribute(Set.of(OWNER_READ, OWNER_WRITE, OWNER_EXECUTE)));
        CompletableFuture<Integer> agent =
                start("--channel", "train=file:" + root.resolve("data"), "--epochs", "1", "--pipe-mode", "0640");
        Command.run("cat", awaitFile(root.resolve("ml/input/data/train_0")).toString());
        assertThat(agent.get()).isZero();
        assertThat(out.toString().lines().filter(line -> line.contains("--pipe-mode")))
                .singleElement()
                .satisfies(line -> assertThat(line).contains(ml + " exists", "chmod g+x " + ml));
        assertThat(Files.getPosixFilePermissions(ml)).containsOnly(OWNER_READ, OWNER_WRITE, OWNER_EXECUTE);
    }

    @Test
    void aChannelThatHasEndedIsLoggedOnceAndNotAgain() throws Exception {
        Files.writeString(root.resolve("data/a"), "1");
        String files = "file:" + root.resolve("data");
        CompletableFuture<Integer> agent =
                start("--channel", "a=" + files, "--channel", "b=" + files, "--epochs", "1", "--log-every", "1");
        Command.run("cat", awaitFile(root.resolve("ml/input/data/a_0")).toString());
        await().until(() -> out.toString().contains("a: ended after 1 epoch, 1 B read"));
        int end = out.toString().indexOf("a: ended after");
        await().until(() -> out.toString().substring(end).contains(" b epoch 0: "));
        Command.run("cat", awaitFile(root.resolve("ml/input/data/b_0")).toString());
        assertThat(agent.get()).isZero();
        assertThat(out.toString().substring(end + 1))
                .doesNotContain(" a epoch", " a: ended")
                .contains("b: ended after 1 epoch");
    }

    @Test
    void anIntervalOf0MeansNoProgressLines() throws Exception {
        Files.writeString(root.resolve("data/a"), "1");
        CompletableFuture<Integer> agent =
                start("--channel", "train=file:" + root.resolve("data"), "--epochs", "1", "--log-every", "0");
        Command.run("cat", awaitFile(root.resolve("ml/input/data/train_0")).toString());
        assertThat(agent.get()).isZero();
        assertThat(out.toString().lines())
                .satisfiesExactly(
                        line -> assertThat(line).endsWith("train epoch 0: written, 1 bytes"),
                        line -> assertThat(line).endsWith("train: ended after 1 epoch, 1 B read"));
        assertWrong("expected --log-every >= 0, but got -1", "--channel", "a=file:/x", "--log-every", "-1");
    }

    @Test
    void theVersionNeedsNoOtherOption() {
        assertThat(AgentCommand.run(new PrintWriter(out, true), new PrintWriter(err, true), "--version"))
                .isZero();
        assertThat(out.toString()).startsWith("pipe-agent ").contains(", AWS SDK ", ", Java " + Runtime.version());
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void theLastRowsOfAnEpochAreKeptDroppedOrPadded() throws Exception {
        Files.writeString(root.resolve("data/a.csv"), "1\n2\n3\n");
        assertThat(rows("keep")).containsExactly("2 rows, 0 padded", "1 rows, 0 padded");
        assertThat(rows("drop")).containsExactly("2 rows, 0 padded");
        assertThat(rows("pad")).containsExactly("2 rows, 0 padded", "2 rows, 1 padded");
    }

    private List<String> rows(String remainder) throws Exception {
        CompletableFuture<Integer> agent = start(arrow("--epochs", "1", "--batch-size", "2", "--remainder", remainder));
        List<String> rows = pipes().channel("train")
                .transform(ArrowStreams.decode())
                .map(batch -> batch.rows() + " rows, " + batch.paddedRows() + " padded")
                .collectList()
                .block();
        assertThat(agent.get()).isZero();
        Files.delete(root.resolve("ml/input/config/inputdataconfig.json")); // readers wait for the next one's
        return rows;
    }

    @Test
    void recordsAreShuffledInBlocksByTheSeedInAnotherOrderInEveryEpoch() throws Exception {
        StringBuilder lines = new StringBuilder();
        IntStream.range(0, 200).forEach(i -> lines.append(i).append('\n'));
        Files.writeString(root.resolve("data/a.csv"), lines);
        CompletableFuture<Integer> agent =
                start(arrow("--epochs", "2", "--batch-size", "100", "--shuffle-records", "100", "--shuffle-seed", "7"));
        PipeChannels pipes = pipes();
        List<List<Long>> blocks = new ArrayList<>();
        for (int epoch = 0; epoch < 2; epoch++) {
            pipes.channel("train")
                    .transform(ArrowStreams.decode())
                    .doOnNext(batch -> {
                        long[] ids = new long[batch.rows()];
                        batch.column("id").copyTo(ids);
                        blocks.add(LongStream.of(ids).boxed().toList());
                    })
                    .blockLast();
        }
        assertThat(agent.get()).isZero();

        assertThat(blocks).hasSize(4).doesNotHaveDuplicates();
        for (int i = 0; i < 4; i++) {
            List<Long> inOrder =
                    LongStream.range(i % 2 * 100, i % 2 * 100 + 100).boxed().toList();
            assertThat(blocks.get(i)).isNotEqualTo(inOrder).containsExactlyInAnyOrderElementsOf(inOrder);
        }
    }

    private String[] arrow(String... more) throws IOException {
        Path schema = file("schema.json", "{\"records\":\"csv\",\"fields\":[{\"name\":\"id\",\"dtype\":\"int64\"}]}");
        return Stream.concat(
                        Stream.of(more),
                        Stream.of(
                                "--channel",
                                "train=file:" + root.resolve("data"),
                                "--emit",
                                "arrow",
                                "--schema",
                                schema.toString()))
                .toArray(String[]::new);
    }

    @Test
    void hiddenObjectsAreNotEmittedUnlessTheFormatIsNamed() throws Exception {
        store.put("g/_SUCCESS", text("{\"name\":\"committer\",\"stats\":1}"));
        store.put("g/.part-00000.crc", text("crc\n"));
        store.put("g/_temporary/0/part-00000", text("x,y\n"));
        store.put("g/part-00000", text("1,a\n2,b\n"));
        store.put("h/_part-0", text("3,c\n"));

        assertThat(emitted("g/")).containsExactly(1L, 2L);
        assertThat(emitted("h/_p")).containsExactly(3L);
        assertThat(emitted("h/", "--record-format", "lines")).containsExactly(3L);
    }

    @Test
    void aChannelOfHiddenObjectsAloneIsReportedBeforeAReaderComes() throws Exception {
        store.put("only/_part-0", text("3,c\n"));
        assertThat(run(emission("only/"))).isEqualTo(2);
        assertOneLine("--record-format");
    }

    private String[] emission(String prefix, String... more) throws IOException {
        Path schema = file("ids.json", """
                {"records": "csv", "fields": [{"name": "id", "dtype": "int64"}, {"name": "kind", "dtype": "bytes"}]}
                """);
        return Stream.concat(
                        Stream.of(
                                "--channel",
                                "train=" + TestStore.uri(prefix),
                                "--epochs",
                                "1",
                                "--emit",
                                "arrow",
                                "--schema",
                                schema.toString(),
                                "--batch-size",
                                "1"),
                        Stream.of(more))
                .toArray(String[]::new);
    }

    private List<Long> emitted(String prefix, String... more) throws Exception {
        CompletableFuture<Integer> agent = start(emission(prefix, more));
        List<Long> ids = pipes().channel("train")
                .transform(ArrowStreams.decode())
                .map(batch -> batch.column("id").asLongBuffer().get(0))
                .collectList()
                .block();
        assertThat(agent.get()).isZero();
        return ids;
    }

    @Test
    void dataThatFailsEndsItWithOneAndTheReaderIsNotified() throws Exception {
        byte[] whole = gzip(text("x".repeat(100_000)));
        Files.write(root.resolve("data/a.gz"), Arrays.copyOf(whole, whole.length - 5));

        CompletableFuture<Integer> agent =
                start("--channel", "train=file:" + root.resolve("data"), "--compression", "gzip");
        Command.run("cat", awaitFile(root.resolve("ml/input/data/train_0")).toString());

        assertThat(agent.get()).isEqualTo(1);
        assertOneLine("a.gz");
        assertThat(Files.readString(root.resolve("ml/input/data/.train_0.end"))).contains("\"ok\":false");
    }

    @Test
    void aMissingBucketOrAnEmptyPrefixIsReportedBeforeAReaderComes() throws Exception {
        assertThat(run("--channel", "train=s3://no-such-bucket/x")).isEqualTo(2);
        assertOneLine("no-such-bucket");
        assertThat(run("--channel", "train=" + TestStore.uri("nothing-here/"))).isEqualTo(2);
        assertOneLine("no object under " + TestStore.uri("nothing-here/"));
        assertThat(run("--channel", "train=file:" + root.resolve("nowhere"))).isEqualTo(2);
        assertOneLine("nowhere");
    }

    @Test
    void wrongOptionsAreOneLine() throws Exception {
        String channel = "train=file:" + root.resolve("data");
        assertWrong("expected --channel or --input-data-config, but got neither");
        assertWrong("expected --epochs >= 1, but got 0", "--channel", channel, "--epochs", "0");
        assertWrong("'eins' is not an int", "--channel", channel, "--epochs", "eins");
        assertWrong("expected --channel NAME=URI, but got 'train'", "--channel", "train");
        assertWrong(
                "channel train: expected an S3 URI s3://bucket/prefix, https://s3.REGION.amazonaws.com/bucket/prefix or"
                        + " https://bucket.s3.REGION.amazonaws.com/prefix, but got 'https://x/y'",
                "--channel",
                "train=https://x/y");
        assertWrong("but got 'train' twice", "--channel", channel, "--channel", channel);
        assertWrong("a channel name of 1 to 64", "--channel", "a/b=file:/x");
        assertWrong(
                "expected --shard auto or i/n with 0 <= i < n, but got '2/2'", "--channel", channel, "--shard", "2/2");
        assertWrong("resourceconfig.json does not exist", "--channel", channel, "--shard", "auto");
        assertWrong("--emit arrow and --schema are required together", "--channel", channel, "--emit", "arrow");
        assertWrong("expected --emit arrow with --remainder", "--channel", channel, "--remainder", "pad");
        assertWrong("expected --emit arrow with --remainder", "--channel", channel, "--shuffle-records", "9");
        assertWrong("--hosts and --current-host are required together", "--channel", channel, "--hosts", "a,b");
        assertWrong("expected --metrics-port with --metrics-address", "--channel", channel, "--metrics-address", "::1");
        assertWrong(
                "expected a --metrics-port from 0 to 65535, but got 65536",
                "--channel",
                channel,
                "--metrics-port",
                "65536");
        assertWrong(
                "expected an address of this host as --metrics-address",
                "--channel",
                channel,
                "--metrics-port",
                "0",
                "--metrics-address",
                "no such host");
        assertWrong("no.json does not exist", "--input-data-config", "no.json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "localhost:9000", "localhost", "http://", "s3://bucket", "http://[::1"})
    void anEndpointThatIsNoUrlIsOneLineOfEveryCommand(String endpoint) {
        String place = TestStore.uri("x");
        String files = "file:" + root.resolve("data");
        for (List<String> command : List.of(
                List.of("--directory", root.toString(), "--channel", "train=" + files),
                List.of("doctor", place),
                List.of("inspect", place),
                List.of("verify", place),
                List.of("pack", files, files),
                List.of("split", place, "--hosts", "2"))) {
            String[] args = Stream.concat(command.stream(), Stream.of("--endpoint", endpoint))
                    .toArray(String[]::new);
            assertThat(AgentCommand.run(new PrintWriter(out, true), new PrintWriter(err, true), args))
                    .isEqualTo(2);
            assertThat(err.toString()).doesNotContain("java.", "software.", "Exception");
            assertOneLine("expected http(s)://HOST[:PORT][/PATH], but got '" + endpoint + "'");
        }
    }

    @Test
    void debugShowsTheStackTrace() throws Exception {
        assertThat(run("--channel", "train", "--debug")).isEqualTo(2);
        assertThat(err.toString()).contains("InputException").contains("\tat ");
    }

    private void assertWrong(String part, String... args) {
        assertThat(run(args)).isEqualTo(2);
        assertOneLine(part);
    }

    private void assertOneLine(String part) {
        assertThat(err.toString().lines())
                .singleElement()
                .satisfies(line -> assertThat(line).startsWith("error: ").contains(part));
        err.getBuffer().setLength(0);
    }

    private int run(String... args) {
        return AgentCommand.run(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                Stream.concat(
                                Stream.of(args),
                                Stream.of(
                                        "--directory",
                                        root.resolve("ml").toString(),
                                        "--endpoint",
                                        store.endpoint().toString()))
                        .toArray(String[]::new));
    }

    private CompletableFuture<Integer> start(String... args) {
        return CompletableFuture.supplyAsync(() -> run(args), Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        }));
    }

    private PipeChannels pipes() {
        return PipeChannels.create(PipeOptions.mlRoot(root.resolve("ml")));
    }

    private String config(String file) throws IOException {
        return Files.readString(root.resolve("ml/input/config").resolve(file));
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(root.resolve(name), content);
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(RawRecord record) {
        return StandardCharsets.UTF_8.decode(record.bytes()).toString();
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
            gzip.write(bytes);
        }
        return compressed.toByteArray();
    }
}
