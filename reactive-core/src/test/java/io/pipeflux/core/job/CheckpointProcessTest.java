package io.pipeflux.core.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.CheckpointException;
import io.pipeflux.core.suite.ForkedJvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints whose writer is killed, or has no room. */
class CheckpointProcessTest {

    private static final int SIZE = 8 << 20;

    @TempDir
    Path directory;

    @Test
    void aWriterThatIsKilledLeavesTheOldCheckpointOrTheNewOne() throws Exception {
        SplittableRandom random = new SplittableRandom(7);
        for (int round = 0; round < 8; round++) {
            long said = 0;
            try (ForkedJvm writer = ForkedJvm.run(CheckpointProcessMain.class, directory, SIZE, 1_000_000)) {
                for (int lines = 1 + random.nextInt(6); lines > 0; lines--) {
                    said = Long.parseLong(writer.readLine());
                }
                if (round % 2 == 0) { // in the middle of a write
                    await().pollInterval(Duration.ofMillis(1)).until(this::isBeingWritten);
                }
                writer.kill();
            }
            Checkpoint last = last();
            assertThat(last.step()).isGreaterThanOrEqualTo(said);
            assertThat(last.state()).isEqualTo(CheckpointProcessMain.state(last.step(), last.state().length));
        }
    }

    private Checkpoint last() {
        try (Checkpoints checkpoints = Checkpoints.directory(directory, CheckpointProcessMain.JOB)) {
            return checkpoints.latest().orElseThrow();
        }
    }

    @Test
    void aSecondProcessIsRefusedAndNamesTheFirst() throws Exception {
        try (ForkedJvm writer = ForkedJvm.run(CheckpointProcessMain.class, directory, 1000, 1_000_000)) {
            writer.readLine();
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(this::last)
                    .withMessageContaining("another job uses this directory of checkpoints: process ");
            assertThat(Long.parseLong(writer.readLine())).isPositive();
            writer.kill();
        }
        assertThat(last().step()).isPositive();
    }

    private boolean isBeingWritten() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.anyMatch(file -> file.toString().endsWith(".tmp"));
        }
    }

    @Test
    void whereThereIsNoRoomTheOldCheckpointStaysAndTheErrorSaysSo() throws Exception {
        Process process = new ProcessBuilder(
                        "bash",
                        "-c",
                        "ulimit -f 4096; exec \"$@\"", // files of 4 MiB at the most
                        "bash",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:-UsePerfData",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        CheckpointProcessMain.class.getName(),
                        directory.toString(),
                        Integer.toString(SIZE),
                        "5")
                .redirectErrorStream(true)
                .start();
        List<String> lines = process.inputReader(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0)).isEqualTo("1");
        assertThat(lines.get(1))
                .startsWith("the checkpoint of step 2 (")
                .contains("could not be written", "the checkpoint of step 1 remains", directory.toString());
        assertThat(last().step()).isEqualTo(1);
        assertThat(isBeingWritten()).isFalse();
    }
}
