package io.pipeflux.samples.agent;

import static io.pipeflux.samples.agent.AgentProcess.awaitFile;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The one jar that users get, after it was packaged: what its making may lose, classes found by name above all. */
class PipeAgentJarTest {

    private static final Path JAR = Path.of("target/pipe-agent.jar").toAbsolutePath();

    @TempDir
    private Path root;

    @Test
    void itHasTheVersionOfItsManifest() throws Exception {
        String expected;
        try (JarFile jar = new JarFile(JAR.toFile())) {
            expected = jar.getManifest().getMainAttributes().getValue("Implementation-Version");
        }
        assertThat(expected).isNotBlank();
        try (AgentProcess agent = AgentProcess.start(List.of("-jar", JAR.toString()), "--version")) {
            assertThat(agent.exitCode()).isZero();
            assertThat(agent.output()).startsWith("pipe-agent " + expected + ", AWS SDK ");
        }
    }

    @Test
    void fillsAPipeFromAnObjectStore() throws Exception {
        byte[] bytes = {1, 2, 3};
        try (TestStore store = TestStore.start(0)) {
            store.put("train/a", bytes);
            try (AgentProcess agent = AgentProcess.start(
                    List.of("-jar", JAR.toString()),
                    "--channel",
                    "train=" + TestStore.uri("train/"),
                    "--endpoint",
                    store.endpoint().toString(),
                    "--directory",
                    root.toString(),
                    "--epochs",
                    "1")) {
                Path pipe = awaitFile(root.resolve("input/data/train_0"));
                assertThat(Command.run("cat", pipe.toString())).isEqualTo(bytes);
                assertThat(agent.exitCode()).isZero();
                assertThat(agent.output()).contains("written, 3 bytes").doesNotContain("JNA is not available");
            }
        }
    }
}
