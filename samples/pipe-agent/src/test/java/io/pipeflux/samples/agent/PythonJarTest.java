package io.pipeflux.samples.agent;

import static io.pipeflux.samples.agent.AgentProcess.awaitFile;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pipeflux.core.pipe.PipeChannels;
import io.pipeflux.core.pipe.PipeOptions;
import io.pipeflux.records.arrow.ArrowStreams;
import io.pipeflux.records.batch.ColumnBatch;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The programs of samples/python and samples/node, over pipes that the packaged agent fills. Their values are compared
 * with those of the records to the last bit. Libraries are fetched by pip and npm; without one, its test is skipped.
 */
@Tag("python")
class PythonJarTest {

    private static final Path JAR = Path.of("target/pipe-agent.jar").toAbsolutePath();
    private static final Path PYTHON = Path.of("../python").toAbsolutePath().normalize();
    private static final Path NODE = Path.of("../node").toAbsolutePath().normalize();
    private static final Path FETCHED = Path.of(System.getProperty("user.home"), ".cache", "pipeflux");
    private static final String NODE_ARROW = "apache-arrow@21.2.0";
    private static final int ROWS = 1000;
    private static final int BATCH = 64;
    private static final int EPOCHS = 3;

    @TempDir
    private Path root;

    private Path ml;
    private Path schema;
    private Path data;

    @BeforeEach
    void writeRecords() throws Exception {
        ml = root.resolve("ml");
        data = Files.createDirectory(root.resolve("data"));
        Files.write(data.resolve("a.tfrecord"), ReadmeExamples.of(ROWS));
        schema = Files.writeString(root.resolve("schema.json"), """
                {"records": "example",
                 "features": [{"name": "data", "kind": "raw", "dtype": "float64", "shape": [1024]},
                              {"name": "labels", "dtype": "int64"}]}
                """);
    }

    private AgentProcess agent() throws IOException {
        return AgentProcess.start(
                List.of("-jar", JAR.toString()),
                "--channel",
                "train=file:" + data,
                "--directory",
                ml.toString(),
                "--epochs",
                String.valueOf(EPOCHS),
                "--emit",
                "arrow",
                "--schema",
                schema.toString(),
                "--batch-size",
                String.valueOf(BATCH));
    }

    @Test
    void torchTrains() throws Exception {
        String python = python("numpy", "pyarrow", "torch");
        try (AgentProcess agent = agent()) {
            assertEpochs(check(python, "torch", state(), "0"), true);
            assertThat(agent.exitCode()).isZero();
        }
    }

    @Test
    void theWorkersOfATorchLoaderShareTheEpochs() throws Exception {
        String python = python("numpy", "pyarrow", "torch");
        try (AgentProcess agent = agent()) {
            assertEpochs(check(python, "torch", state(), "2"), true);
            assertThat(agent.exitCode()).isZero();
        }
    }

    /** Without a directory each worker would read every epoch for itself, and the pipes are filled once. */
    @Test
    void workersWithoutAStateDirectoryAreAnError() throws Exception {
        String python = python("numpy", "pyarrow", "torch");
        assertThatThrownBy(() -> check(python, "torch", "", "2"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(
                        "expected a state directory, through which the workers share the epochs, but got none");
    }

    /** A reader that shares its epochs with nobody leaves no directory. */
    @Test
    void aReaderAloneLeavesNothing() throws Exception {
        String python = python("numpy", "pyarrow", "polars");
        Path temporary = Files.createDirectory(root.resolve("tmp"));
        try (AgentProcess agent = agent()) {
            List<String> command = command(python, "polars", EPOCHS);
            command.add(1, "TMPDIR=" + temporary);
            assertEpochs(
                    text(Command.run(command.toArray(new String[0]))).lines().toList(), false);
            assertThat(agent.exitCode()).isZero();
        }
        assertThat(temporary).isEmptyDirectory();
    }

    @Test
    void jaxTrains() throws Exception {
        String python = python("numpy", "pyarrow", "jax");
        try (AgentProcess agent = agent()) {
            assertEpochs(check(python, "jax"), true);
            assertThat(agent.exitCode()).isZero();
        }
    }

    @Test
    void polarsReads() throws Exception {
        String python = python("numpy", "pyarrow", "polars");
        try (AgentProcess agent = agent()) {
            assertEpochs(check(python, "polars"), false);
            assertThat(agent.exitCode()).isZero();
        }
    }

    @Test
    void thePolarsProgramCounts() throws Exception {
        String python = python("pyarrow", "polars");
        List<Long> labels = ReadmeExamples.rows(ROWS).stream()
                .map(ReadmeExamples.Row::label)
                .toList();
        long positive = labels.stream().filter(label -> label == 1).count();
        try (AgentProcess agent = agent()) {
            String table =
                    text(Command.run(python, PYTHON.resolve("polars_read.py").toString(), ml.toString()));
            assertThat(table)
                    .containsPattern("0 +┆ " + (ROWS - positive) + " ")
                    .containsPattern("1 +┆ " + positive + " ");
            assertThat(agent.output()).contains("train epoch 0: written");
        }
    }

    @Test
    void nodeReads() throws Exception {
        Path home = Files.createDirectories(FETCHED.resolve("node"));
        fetch(
                "apache-arrow for Node",
                "npm",
                "install",
                "--silent",
                "--no-save",
                "--prefix",
                home.toString(),
                NODE_ARROW);
        Files.copy(NODE.resolve("read.mjs"), home.resolve("read.mjs"), StandardCopyOption.REPLACE_EXISTING);
        Path check = Files.copy(resource("check.mjs"), home.resolve("check.mjs"), StandardCopyOption.REPLACE_EXISTING);
        try (AgentProcess agent = agent()) {
            List<String> lines = new ArrayList<>();
            for (int epoch = 0; epoch < EPOCHS; epoch++) {
                awaitFile(ml.resolve("input/data/train_" + epoch));
                text(Command.run("node", check.toString(), ml.toString(), "train", String.valueOf(epoch)))
                        .lines()
                        .forEach(lines::add);
            }
            assertEpochs(lines, false);
            assertThat(agent.exitCode()).isZero();
        }
    }

    /** Reads epochs in Python, Java and again Python: the files of the state directory are the same. */
    @Test
    void pythonAndJavaShareEpochs() throws Exception {
        String python = python("numpy", "pyarrow");
        try (AgentProcess agent = agent()) {
            List<String> first = check(python, "pyarrow", 1, state(), "120");
            List<ColumnBatch> second = PipeChannels.create(
                            PipeOptions.mlRoot(ml).stateDirectory(Path.of(state())))
                    .channel("train")
                    .transform(ArrowStreams.decode())
                    .collectList()
                    .block();
            List<String> third = check(python, "pyarrow", EPOCHS, state(), "120");
            assertThat(sums(first)).containsExactlyElementsOf(expected());
            assertThat(second).hasSize(expected().size());
            assertThat(sums(third)).containsExactlyElementsOf(expected());
            assertThat(agent.exitCode()).isZero();
        }
    }

    /** The reader waits in the middle of an epoch of 8 MB, of which the pipe holds 1 MiB, while the agent is killed. */
    @Test
    void aLostAgentIsAnError() throws Exception {
        String python = python("numpy", "pyarrow");
        Path errors = root.resolve("errors");
        try (AgentProcess agent = agent()) {
            Process reader = new ProcessBuilder(command(python, "pyarrow", EPOCHS, state(), "120", "wait"))
                    .redirectError(errors.toFile())
                    .start();
            try (BufferedReader lines = reader.inputReader();
                    BufferedWriter go = reader.outputWriter()) {
                assertThat(lines.readLine()).startsWith(expected().get(0));
                agent.kill();
                go.write("go\n");
                go.flush();
                lines.lines().forEach(line -> {});
            } finally {
                reader.destroyForcibly();
            }
            assertThat(reader.waitFor()).isEqualTo(1);
            assertThat(Files.readString(errors)).contains("EOFError: train_0: the agent was lost after ");
        }
    }

    @Test
    void theAgentsErrorReachesTheReader() throws Exception {
        String python = python("numpy", "pyarrow");
        byte[] corrupt = ReadmeExamples.of(ROWS);
        corrupt[corrupt.length - 100] ^= 1;
        Files.write(data.resolve("a.tfrecord"), corrupt);
        try (AgentProcess agent = agent()) {
            assertThatThrownBy(() -> check(python, "pyarrow", state(), "120"))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("EOFError: train_0: expected ")
                    .hasMessageContaining("a.tfrecord");
            assertThat(agent.exitCode()).isEqualTo(1);
        }
    }

    /** A FIFO without a writer, as an agent leaves it that was killed between two epochs. */
    @Test
    void aPipeThatNobodyWritesIsAnError() throws Exception {
        String python = python("numpy", "pyarrow");
        Path pipes = Files.createDirectories(ml.resolve("input/data"));
        Files.createFile(pipes.resolve(".train_0.end"));
        Command.run("mkfifo", pipes.resolve("train_0").toString());
        assertThatThrownBy(() -> check(python, "pyarrow", 1, state(), "0.1"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("TimeoutError: expected bytes in " + pipes.resolve("train_0"));
    }

    @Test
    void anAgentThatDoesNotComeIsAnError() throws Exception {
        String python = python("numpy", "pyarrow");
        assertThatThrownBy(() -> check(python, "pyarrow", 1, state(), "0.1"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("TimeoutError: expected " + ml.resolve("input/data/train_0"));
    }

    /** Each batch of the source arrives once in each epoch, and the loss falls if a model is trained. */
    private static void assertEpochs(List<String> lines, boolean trained) {
        Map<String, Long> counts = sums(lines).stream().collect(groupingBy(Function.identity(), Collectors.counting()));
        assertThat(counts).isEqualTo(expected().stream().collect(Collectors.toMap(sum -> sum, sum -> (long) EPOCHS)));
        if (trained) {
            double[] losses = lines.stream()
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
                    .toArray();
            int few = 5;
            double first = Arrays.stream(losses).limit(few).average().orElseThrow();
            double last =
                    Arrays.stream(losses).skip(losses.length - few).average().orElseThrow();
            assertThat(last).isLessThan(first / 2);
        }
    }

    private static List<String> sums(List<String> lines) {
        return lines.stream().map(line -> line.substring(0, line.indexOf(' '))).toList();
    }

    /** The checksums of the source's batches, in order. */
    private static List<String> expected() {
        List<ReadmeExamples.Row> rows = ReadmeExamples.rows(ROWS);
        List<String> sums = new ArrayList<>();
        for (int from = 0; from < ROWS; from += BATCH) {
            List<ReadmeExamples.Row> batch = rows.subList(from, Math.min(ROWS, from + BATCH));
            MessageDigest sum = sha256();
            batch.forEach(row -> sum.update(row.bytes()));
            ByteBuffer labels = ByteBuffer.allocate(batch.size() * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            batch.forEach(row -> labels.putLong(row.label()));
            sum.update(labels.flip());
            sums.add(HexFormat.of().formatHex(sum.digest()));
        }
        return sums;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The directory by which processes share the epochs. */
    private String state() {
        return root.resolve("state").toString();
    }

    private List<String> check(String python, String sample, String... more) throws Exception {
        return check(python, sample, EPOCHS, more);
    }

    private List<String> check(String python, String sample, int epochs, String... more) throws Exception {
        return text(Command.run(command(python, sample, epochs, more).toArray(new String[0])))
                .lines()
                .toList();
    }

    private List<String> command(String python, String sample, int epochs, String... more) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "env",
                "PYTHONPATH=" + PYTHON,
                "PYTHONDONTWRITEBYTECODE=1",
                python,
                resource("check.py").toString(),
                sample,
                ml.toString(),
                String.valueOf(epochs)));
        command.addAll(List.of(more));
        return command;
    }

    private static Path resource(String name) throws Exception {
        return Path.of(PythonJarTest.class.getResource("/python/" + name).toURI());
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** A Python in an environment of its own with packages, in the versions of requirements.txt. */
    private static String python(String... packages) throws Exception {
        Path home = FETCHED.resolve("python");
        String python = home.resolve("bin/python").toString();
        if (!Files.exists(home.resolve("bin/pip"))) {
            fetch("Python's venv", "python3", "-m", "venv", home.toString());
        }
        List<String> versions = Files.readAllLines(PYTHON.resolve("requirements.txt"));
        for (String name : packages) {
            String version = versions.stream()
                    .filter(line -> line.startsWith(name + "=="))
                    .findFirst()
                    .orElseThrow();
            fetch(version, python, "-m", "pip", "install", "-q", "--retries", "1", version);
        }
        return python;
    }

    private static void fetch(String what, String... command) throws InterruptedException {
        try {
            Command.run(command);
        } catch (IOException | AssertionError e) {
            System.out.println("A test is skipped, since " + what + " could not be fetched: " + e.getMessage());
            assumeTrue(false, what + " could not be fetched");
        }
    }
}
