package io.pipeflux.samples.agent;

import static io.pipeflux.samples.agent.AgentProcess.awaitFile;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.internal.ByteText;
import io.pipeflux.core.suite.Patience;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JsonParser;

/** The program as a process of its own, its pipes read by programs that know nothing of it. */
class AgentProcessTest {

    private static final int SIGTERM_EXIT = 128 + 15;

    private static TestStore store;

    @TempDir
    private Path root;

    @BeforeAll
    static void startStore() throws Exception {
        store = TestStore.start(0);
        store.put("train/a", tfRecords(1, 300));
        store.put("train/b", tfRecords(2, 200));
        store.put("eval/a", tfRecords(3, 10));
    }

    @AfterAll
    static void stopStore() {
        store.close();
    }

    /** A class that is missing is an Error, which picocli passes on. */
    @Test
    void anErrorEndsTheProcessThoughOtherThreadsAreAlive() throws Exception {
        String jackson = Path.of(JsonParser.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .toString();
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.equals(jackson))
                .collect(Collectors.joining(File.pathSeparator));
        Path config = Files.writeString(root.resolve("config.json"), "{}");
        List<String> program = List.of("-cp", classPath, ErrorMain.class.getName());
        try (AgentProcess agent =
                AgentProcess.start(program, "--directory", root.toString(), "--input-data-config", config.toString())) {
            assertThat(agent.exitCode()).isEqualTo(1);
            assertThat(agent.output()).contains(NoClassDefFoundError.class.getName());
        }
    }

    @Test
    void readersWrittenElsewhereReadOneEpochEach() throws Exception {
        byte[] all = concat(tfRecords(1, 300), tfRecords(2, 200));
        try (AgentProcess agent = start("--channel", "train=" + TestStore.uri("train/"), "--epochs", "4")) {
            assertThat(Command.run("cat", pipe("train_0"))).isEqualTo(all);
            assertThat(Command.run("dd", "bs=65536", "if=" + pipe("train_1"))).isEqualTo(all);
            assertThat(Command.run("head", "-c", "100", pipe("train_2"))).hasSize(100);
            byte[] counted = Command.run("python3", "-c", PYTHON_READER, pipe("train_3"));
            assertThat(new String(counted).trim()).isEqualTo("500 records, " + (all.length - 500 * 16) + " bytes");

            assertThat(agent.exitCode()).isZero();
            assertThat(agent.output())
                    .contains("train epoch 0: written, " + "%,d bytes".formatted(all.length))
                    .contains("train epoch 2: closed early by its reader")
                    .contains("train epoch 3: written");
            assertThat(pipes()).isEmpty();
        }
    }

    /** A TFRecord is its length (8 bytes), a checksum (4), as many bytes, and a checksum (4). */
    private static final String PYTHON_READER = """
            import struct, sys
            records = size = 0
            with open(sys.argv[1], 'rb') as pipe:
                while True:
                    header = pipe.read(12)
                    if not header:
                        break
                    length, = struct.unpack('<Q', header[:8])
                    payload = pipe.read(length)
                    assert len(payload) == length and len(pipe.read(4)) == 4
                    records += 1
                    size += length
            print(records, 'records,', size, 'bytes')
            """;

    @Test
    void sigtermReleasesReadersAndRemovesPipes() throws Exception {
        try (AgentProcess agent =
                start("--channel", "train=" + TestStore.uri("train/"), "--channel", "eval=" + TestStore.uri("eval/"))) {
            Command.run("head", "-c", "1", pipe("eval_0"));
            awaitFile(data("eval_1"));
            try (var reading = Files.newInputStream(awaitFile(data("train_0")))) {
                assertThat(reading.read()).isNotNegative();
                agent.terminate();
                assertThat(agent.exitCode()).isEqualTo(SIGTERM_EXIT);
                reading.readAllBytes();
            }
            assertThat(pipes()).isEmpty();
            assertThat(Files.readString(data(".train_0.end"))).contains("the writer was stopped");
        }
    }

    @Test
    void aSecondAgentSaysWhoIsThereAndANewOneGoesOnAfterAKill() throws Exception {
        Path file = Files.write(root.resolve("a"), new byte[] {1, 2, 3});
        String[] channel = {"--channel", "train=file:" + file, "--epochs", "2"};
        try (AgentProcess first = start(channel)) {
            assertThat(Command.run("cat", pipe("train_0"))).hasSize(3);
            awaitFile(data("train_1"));
            try (AgentProcess second = start(channel)) {
                assertThat(second.exitCode()).isEqualTo(2);
                assertThat(second.output().lines())
                        .containsExactly("error: another agent fills this directory: process " + first.pid() + " ("
                                + root.resolve("ml") + ") [PF-AGENT-01]");
            }
            first.kill();
        }
        assertThat(pipes()).containsExactly("train_1"); // left over
        CompletableFuture<byte[]> left = Command.start("cat", pipe("train_1"));
        try (AgentProcess third = start(channel)) {
            assertThat(left.get()).isEmpty();
            assertThat(Command.run("cat", pipe("train_0"))).containsExactly(1, 2, 3);
            assertThat(Command.run("cat", pipe("train_1"))).containsExactly(1, 2, 3);
            assertThat(third.exitCode()).isZero();
        }
    }

    @Test
    void servesMetricsAndHealthAndLogsWhatItWaitsFor() throws Exception {
        try (AgentProcess agent =
                start("--channel", "eval=" + TestStore.uri("eval/"), "--metrics-port", "0", "--log-every", "1")) {
            int bytes = Command.run("cat", pipe("eval_0")).length;
            awaitFile(data("eval_1"));
            Pattern address = Pattern.compile("metrics and health at (http://localhost:\\d+)/metrics");
            Matcher url = address.matcher(agent.output());
            assertThat(url.find()).isTrue();

            assertThat(get(url.group(1) + "/health"))
                    .contains("\"status\":\"up\"")
                    .contains("\"eval\":{\"epoch\":1,\"bytes\":" + bytes
                            + ",\"epochBytes\":0,\"waits\":[\"eval_1: waiting ");
            assertThat(get(url.group(1) + "/metrics"))
                    .contains("pipeflux_epoch{pipeline=\"eval\"} 1.0")
                    .contains("pipeflux_stalled_seconds_total{cause=\"reader\",pipeline=\"eval\"}");
            await().until(() -> agent.output()
                    .contains("eval epoch 1: 0 % of " + ByteText.of(bytes) + ", 0 B/s, eval_1: waiting "));
            assertThat(bytes).as("less than 1 MB").isLessThan(1_000_000);
        }
    }

    @Test
    void aBatchThatFailsIsOneLineThoughOthersFailToo() throws Exception {
        Path data = Files.createDirectories(root.resolve("data"));
        Files.writeString(data.resolve("a"), "1,2\n");
        Files.writeString(data.resolve("b"), "x\n".repeat(1000));
        Path schema = Files.writeString(
                root.resolve("schema.json"),
                "{\"records\":\"csv\",\"fields\":[{\"name\":\"a\",\"dtype\":\"int64\"},{\"name\":\"b\",\"dtype\":\"int64\"}]}");
        try (AgentProcess agent = start(
                "--channel",
                "train=file:" + data,
                "--emit",
                "arrow",
                "--schema",
                schema.toString(),
                "--batch-size",
                "1")) {
            Command.run("cat", pipe("train_0"));
            assertThat(agent.exitCode()).isEqualTo(1);
            assertThat(agent.output().lines().filter(line -> !line.contains("train epoch 0")))
                    .singleElement()
                    .satisfies(line -> assertThat(line).startsWith("error: "));
        }
    }

    @Test
    void aFloodOfBadRequestsIsOneLine() throws Exception {
        try (AgentProcess agent =
                start("--channel", "eval=" + TestStore.uri("eval/"), "--metrics-port", "0", "--log-every", "1000")) {
            pipe("eval_0");
            Pattern address = Pattern.compile("metrics and health at http://localhost:(\\d+)/metrics");
            await().until(() -> address.matcher(agent.output()).find());
            Matcher port = address.matcher(agent.output());
            assertThat(port.find()).isTrue();
            long linesBefore = agent.output().lines().count();
            List<String> requests = List.of(
                    "GET /%zz HTTP/1.1\r\n",
                    "GET /a|b HTTP/1.1\r\nHost: a:b:c\r\n",
                    "GET / HTTP/2.0\r\n",
                    "\u0016\u0003\u0001\r\n",
                    "GET /health HTTP/1.1\r\nHost: a:b:c\r\n",
                    "GET /health HTTP/1.1\r\n" + "X: a\r\n".repeat(2000));
            for (int i = 0; i < 120; i++) {
                try (Socket client = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port.group(1)))) {
                    client.setSoTimeout((int) Patience.PATIENCE.toMillis());
                    client.getOutputStream()
                            .write((requests.get(i % requests.size()) + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
                    if (i % 2 == 0) {
                        assertThat(client.getInputStream().read()).isEqualTo('H');
                    }
                    if (i % 3 == 0) {
                        client.setSoLinger(true, 0); // closes with a reset
                    }
                }
            }
            assertThat(get("http://localhost:" + port.group(1) + "/health")).contains("\"status\":\"up\"");
            assertThat(agent.output().lines().skip(linesBefore))
                    .filteredOn(line -> !line.contains("eval epoch 0"))
                    .singleElement()
                    .satisfies(line -> assertThat(line).contains("refused a request", "/%zz"));
        }
    }

    private static String get(String url) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString())
                .body();
    }

    private AgentProcess start(String... args) throws IOException {
        return AgentProcess.start(Stream.concat(
                        Stream.of(args),
                        Stream.of(
                                "--directory",
                                root.resolve("ml").toString(),
                                "--endpoint",
                                store.endpoint().toString()))
                .toArray(String[]::new));
    }

    private Path data(String name) {
        return root.resolve("ml/input/data").resolve(name);
    }

    private String pipe(String name) {
        return awaitFile(data(name)).toString();
    }

    private Stream<String> pipes() throws IOException {
        try (Stream<Path> files = Files.list(root.resolve("ml/input/data"))) {
            return files
                    .map(file -> file.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .toList()
                    .stream();
        }
    }

    /** TFRecords whose checksums are zero: nobody here looks at them. */
    static byte[] tfRecords(long seed, int count) {
        SplittableRandom random = new SplittableRandom(seed);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            byte[] payload = new byte[random.nextInt(20_000)];
            bytes.writeBytes(ByteBuffer.allocate(12)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(0, payload.length)
                    .array());
            bytes.writeBytes(payload);
            bytes.writeBytes(new byte[4]);
        }
        return bytes.toByteArray();
    }

    private static byte[] concat(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length)
                .put(first)
                .put(second)
                .array();
    }
}
