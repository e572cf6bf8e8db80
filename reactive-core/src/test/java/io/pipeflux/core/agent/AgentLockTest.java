package io.pipeflux.core.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.pipe.PipeAccess;
import io.pipeflux.core.pipe.PipeChannels;
import io.pipeflux.core.pipe.PipeOptions;
import io.pipeflux.core.suite.ForkedJvm;
import io.pipeflux.core.suite.OpenResources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

class AgentLockTest {

    @TempDir
    Path directory;

    private Path mlRoot;

    @BeforeEach
    void name() throws IOException {
        mlRoot = Files.createDirectory(directory.resolve("ml"));
    }

    private static void assertRefusedHere(Path root) {
        assertThatThrownBy(() -> AgentLock.take(root, PipeAccess.owner()))
                .isInstanceOf(PipeException.class)
                .hasMessage(refusal(root));
    }

    private static void assertRefusedElsewhere(Path root) throws IOException {
        try (ForkedJvm other = ForkedJvm.run(AgentLockMain.class, root)) {
            assertThat(other.readLine()).isEqualTo(refusal(root));
        }
    }

    private static String refusal(Path root) {
        return "another agent fills this directory: process "
                + ProcessHandle.current().pid() + " (" + root + ") [PF-AGENT-01]";
    }

    @Test
    void aSecondAgentOfTheSameProcessIsRefusedAndOneOfAnotherProcessStillIs() throws Exception {
        try (AgentLock first = AgentLock.take(mlRoot, PipeAccess.owner())) {
            assertThat(first).isNotNull();
            assertRefusedHere(mlRoot);
            assertRefusedHere(mlRoot);
            assertRefusedElsewhere(mlRoot);
        }
        try (ForkedJvm other = ForkedJvm.run(AgentLockMain.class, mlRoot)) {
            assertThat(other.readLine()).isEqualTo("taken");
        }
    }

    @Test
    void aDirectoryIsKnownByAnyNameAndAfterItWasMoved() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("link"), mlRoot);
        try (AgentLock first = AgentLock.take(mlRoot, PipeAccess.owner())) {
            assertThat(first).isNotNull();
            assertRefusedHere(link);
            assertRefusedElsewhere(link);
            Path moved = Files.move(mlRoot, directory.resolve("moved"));
            assertRefusedHere(moved);
            assertRefusedElsewhere(moved);
        }
    }

    @Test
    void anAgentWhoseLockFileWasRemovedMakesNoMorePipes() throws Exception {
        Path data = Files.createDirectory(directory.resolve("data"));
        Files.write(data.resolve("x"), new byte[3000]);
        PipeAgent agent = PipeAgent.at(mlRoot)
                .channel("train", DirectoryChannel.of(data).objects())
                .onEpoch(epoch -> removeLock());

        assertThatThrownBy(
                        () -> Mono.zip(agent.run(), Mono.defer(this::readEpoch)).block(Duration.ofSeconds(30)))
                .isInstanceOf(PipeException.class)
                .hasMessageContaining(mlRoot.resolve("input/.agent.lock").toString());
        OpenResources.awaitNoneLeft(directory);
        assertThat(mlRoot.resolve("input/data/train_1")).doesNotExist();
    }

    private Mono<Long> readEpoch() {
        return PipeChannels.create(PipeOptions.mlRoot(mlRoot))
                .channel("train")
                .count()
                .then(Mono.never());
    }

    private void removeLock() {
        try {
            Files.delete(mlRoot.resolve("input/.agent.lock"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void theProcessThatHasItIsNamedAndItsLockEndsWithIt() throws Exception {
        try (ForkedJvm other = ForkedJvm.run(AgentLockMain.class, mlRoot)) {
            assertThat(other.readLine()).isEqualTo("taken");
            String pid = Files.readString(mlRoot.resolve("input/.agent.lock"));
            assertThatThrownBy(() -> AgentLock.take(mlRoot, PipeAccess.owner()))
                    .isInstanceOf(PipeException.class)
                    .hasMessage(
                            "another agent fills this directory: process " + pid + " (" + mlRoot + ") [PF-AGENT-01]");
        }
        AgentLock.take(mlRoot, PipeAccess.owner()).close();
    }
}
