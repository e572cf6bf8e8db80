package io.pipeflux.samples.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program whose parent, such as Maven, is stopped. */
class UnderMavenTest {

    /** Starts a process of its own, prints the process's ID, and never ends by itself. */
    public static final class Endless {
        public static void main(String[] args) throws Exception {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("ends " + args[0])));
            System.out.println(new ProcessBuilder("sleep", "3600").start().pid());
            new CountDownLatch(1).await();
        }
    }

    @Test
    void endsWithItsParentAndEndsWhatItHasStarted(@TempDir Path directory) throws Exception {
        Path output = directory.resolve("output"); // a file, because the pipe of a process ends with the process
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        // the shell is the parent; it does not wait for the program when it is stopped
        Process parent = new ProcessBuilder(
                        "sh",
                        "-c",
                        "\"$@\" & wait",
                        "sh",
                        java,
                        "-Xmx64m",
                        "-cp",
                        classes,
                        UnderMaven.class.getName(),
                        Endless.class.getName(),
                        "well")
                .redirectOutput(output.toFile())
                .start();
        try {
            await().until(() -> Files.readString(output).endsWith("\n"));
            ProcessHandle started = ProcessHandle.of(
                            Long.parseLong(Files.readAllLines(output).get(0)))
                    .orElseThrow();
            ProcessHandle program = started.parent().orElseThrow();
            parent.destroy(); // SIGTERM
            program.onExit().get();
            started.onExit().get();
            assertThat(output).content().endsWith("ends well\n");
        } finally {
            parent.descendants().forEach(ProcessHandle::destroyForcibly);
            parent.destroyForcibly();
        }
    }
}
