package io.pipeflux.records.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/**
 * Arrow's libraries for Python and Node, in processes of their own, which are fetched; skipped where they cannot be.
 */
@Tag("natives")
class ArrowPeersTest {

    private static final String PYARROW = "pyarrow==25.0.1";
    private static final String NODE_ARROW = "apache-arrow@21.2.0";
    private static final int MINUTES = 10;

    @TempDir
    private Path directory;

    @Test
    void pythonReadsWhatIsWrittenAndWritesItAgain() throws Exception {
        assertRebuilt(python());
    }

    @Test
    void nodeReadsWhatIsWrittenAndWritesItAgain() throws Exception {
        assertRebuilt(node());
    }

    private void assertRebuilt(List<String> peer) throws Exception {
        ColumnBatch batch = TestBatches.everyKind(20, 1);
        // random bytes may be NaN, of which some bits are lost; and JavaScript's halves and float32 are made of doubles
        List<Column> exact = batch.names().stream()
                .map(batch::column)
                .filter(column -> !column.dtype().name().contains("FLOAT") || column.dtype() == DType.BFLOAT16)
                .filter(column -> !column.name().equals("nothing")) // Node's builder does not make lists of nothing
                .toList();
        ColumnBatch written = ColumnBatch.of(exact, batch.resumeAt()).withMetadata(Map.of("who", "pipeflux"));
        Path ours = Files.write(directory.resolve("ours.arrow"), TestBatches.stream(written));
        Path theirs = directory.resolve("theirs.arrow");

        assertThat(run(with(peer, "rebuild", ours.toString(), theirs.toString())))
                .isEmpty();
        List<ColumnBatch> read = TestBatches.batches(Files.readAllBytes(theirs));
        assertThat(read).extracting(ColumnBatch::metadata).containsExactly(written.metadata());
        for (Column column : exact) {
            assertThat(read.get(0).column(column.name())).isEqualTo(column);
        }
    }

    @Test
    void whatPythonWritesIsRead() throws Exception {
        List<ColumnBatch> batches = written(python());

        assertThat(batches)
                .extracting(batch -> ColumnTrees.text(batch.column("word")))
                .containsExactly(List.of("a", "", "b", "a"), List.of("c", "a", "b", "c"), List.of("x", "x", "y", "x"));
        ColumnBatch first = batches.get(0);
        assertThat(values(first, "flag")).containsExactly(1, 0, 0, 1);
        assertThat(values(first, "flag.mask")).containsExactly(1, 0, 1, 1);
        assertThat(values(first, "u64")).containsExactly(1, 2, 3, Long.MAX_VALUE);
        assertThat(values(first, "half")).containsExactly(0.5, 0, -2, 1);
        assertThat(values(first, "at")).containsExactly(1, 2, 0, 4);
        assertThat(values(first, "day")).containsExactly(0, 1, 2, 3);
        assertThat(ColumnTrees.text(first.column("text"))).containsExactly("long enough for a view", "b", "", "");
        assertThat(ColumnTrees.text(first.column("big"))).containsExactly("x", "yy", "", "z");
        assertThat(ColumnTrees.rows(first.column("lists")))
                .isEqualTo(List.of(List.of("0100", "0200"), List.of(), List.of(), List.of("0300")));
        assertThat(values(first, "large")).containsExactly(0.5, 1.5, 0, 2.5);
        assertThat(values(first, "fixed")).containsExactly(1, 2, 0, 0, 3, 0, 4, 5);
        assertThat(values(first, "fixed.mask")).containsExactly(1, 1, 0, 0, 1, 0, 1, 1);
        assertThat(ColumnTrees.rows(first.column("steps")))
                .isEqualTo(List.of(
                        List.of(List.of("0100", "0200"), List.of()),
                        List.of(),
                        List.of(List.of(), List.of("0300")),
                        List.of()));
        assertThat(first.column("boxes").shape()).containsExactly(4, -1, -1);
        assertThat(values(first, "boxes")).containsExactly(1, 2, 3, 4, 5, 0);
        assertThat(values(first, "boxes.mask")).containsExactly(1, 1, 1, 1, 1, 0);
        assertThat(batches).extracting(ColumnBatch::metadata).containsOnly(Map.of("who", "pyarrow"));
    }

    @Test
    void whatNodeWritesIsRead() throws Exception {
        List<ColumnBatch> batches = written(node());

        assertThat(batches).hasSize(1);
        ColumnBatch first = batches.get(0);
        assertThat(ColumnTrees.text(first.column("word"))).containsExactly("a", "", "b", "a");
        assertThat(values(first, "word.mask")).containsExactly(1, 0, 1, 1);
        assertThat(values(first, "flag")).containsExactly(1, 0, 0, 1);
        assertThat(ColumnTrees.text(first.column("text"))).containsExactly("long enough for a view", "b", "", "");
        assertThat(values(first, "at")).containsExactly(1, 2, 0, 4);
    }

    private static double[] values(ColumnBatch batch, String name) {
        double[] values = new double[batch.column(name).size()];
        batch.column(name).copyTo(values);
        return values;
    }

    private List<ColumnBatch> written(List<String> peer) throws Exception {
        Path theirs = directory.resolve("theirs.arrow");
        assertThat(run(with(peer, "write", theirs.toString()))).isEmpty();
        return Flux.just(ByteBuffer.wrap(Files.readAllBytes(theirs)))
                .transform(ArrowStreams.format(ArrowNulls.filled().withMasks()).decode())
                .collectList()
                .block();
    }

    private List<String> python() throws Exception {
        Path home = Path.of("target", "arrow-python").toAbsolutePath();
        Path python = home.resolve("bin/python");
        fetched(
                "pyarrow",
                List.of("python3", "-m", "venv", home.toString()),
                List.of(python.toString(), "-m", "pip", "install", "-q", PYARROW));
        return List.of(python.toString(), resource("peer.py"));
    }

    private List<String> node() throws Exception {
        Path home = Files.createDirectories(Path.of("target", "arrow-node").toAbsolutePath());
        fetched(
                "apache-arrow for Node",
                List.of("npm", "install", "--silent", "--no-save", "--prefix", home.toString(), NODE_ARROW));
        Path script = Files.copy(
                Path.of(resource("peer.cjs")), home.resolve("peer.cjs"), StandardCopyOption.REPLACE_EXISTING);
        return List.of("node", script.toString());
    }

    @SafeVarargs
    private void fetched(String what, List<String>... commands) throws Exception {
        for (List<String> command : commands) {
            try {
                run(command);
            } catch (IOException | AssertionError e) {
                System.out.println(
                        "Tests with " + what + " are skipped, since it could not be fetched: " + e.getMessage());
                assumeTrue(false, what + " could not be fetched");
            }
        }
    }

    private static String resource(String name) {
        return new File(ArrowPeersTest.class.getResource("/arrow/" + name).getPath()).getPath();
    }

    private static List<String> with(List<String> command, String... arguments) {
        List<String> all = new ArrayList<>(command);
        all.addAll(Arrays.asList(arguments));
        return all;
    }

    private static String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new AssertionError(command + " failed: " + said);
        }
        return said;
    }
}
