package io.pipeflux.samples.training;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Ten GiB of the main job through a heap of 64 MiB: {@code ./mvnw -Psoak verify}. */
@Tag("soak")
class SoakTest {

    private static final int GIB = 10;

    @TempDir
    Path directory;

    /** What the process held after so many GiB. */
    private record Held(String after, long residentKib, long descriptors, long threads, long connections) {
        static Held of(String line) {
            String[] words = line.split(" ");
            return new Held(
                    words[0],
                    Long.parseLong(words[1]),
                    Long.parseLong(words[2]),
                    Long.parseLong(words[3]),
                    Long.parseLong(words[4]));
        }
    }

    @Test
    @Timeout(1800)
    void tenGibibytesGoThroughASmallHeapAndLeaveNothing() throws Exception {
        List<Held> held = new ArrayList<>();
        try (DemoStore store = DemoStore.start(directory.resolve("s3"))) {
            store.upload(
                    DemoData.train(CommandLine.populateCommand(new DemoData.Options()), 1024),
                    new PrintWriter(Writer.nullWriter()));
            Process java = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx64m",
                            "-XX:+ExitOnOutOfMemoryError",
                            "-Daws.accessKeyId=" + DemoStore.IDENTITY,
                            "-Daws.secretAccessKey=" + DemoStore.CREDENTIAL,
                            "-cp",
                            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                            SoakMain.class.getName(),
                            store.endpoint().toString(),
                            store.uri("train/"),
                            directory.resolve("ml").toString(),
                            String.valueOf(GIB))
                    .redirectErrorStream(true)
                    .start();
            List<String> said = java.inputReader(UTF_8).lines().toList();
            assertThat(java.waitFor()).as(String.join("\n", said)).isZero();
            said.stream()
                    .filter(line -> line.matches("\\w+ \\d+ \\d+ \\d+ \\d+"))
                    .forEach(line -> {
                        System.out.println("soak: " + line);
                        held.add(Held.of(line));
                    });
        }
        assertThat(held).hasSize(GIB + 1);
        Held early = held.get(1);
        Held late = held.get(GIB - 1);
        assertThat(late.residentKib()).as("resident memory is flat").isLessThan(early.residentKib() * 115 / 100);
        assertThat(late.threads()).isLessThanOrEqualTo(early.threads() + 1);
        assertThat(late.connections()).isLessThanOrEqualTo(early.connections() + 2);
        assertThat(late.descriptors()).isLessThanOrEqualTo(early.descriptors() + 2);
        assertThat(held.get(GIB).descriptors())
                .as("pipes and their ends are gone")
                .isLessThanOrEqualTo(late.descriptors());
    }
}
