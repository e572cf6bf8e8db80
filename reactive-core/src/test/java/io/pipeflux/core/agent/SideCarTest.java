package io.pipeflux.core.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Native;
import io.pipeflux.core.pipe.ReaderMain;
import io.pipeflux.core.suite.ForkedJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import tools.jackson.core.JsonParser;

/** The agent as a side-car: two users, one shared directory, and one group that both are in, as the docs show it. */
class SideCarTest {

    private static final int AGENT = 4001;
    private static final int TRAINER = 4002;
    private static final int SHARED = 4003;

    private static final List<Class<?>> USED =
            List.of(Flux.class, Publisher.class, NullMarked.class, JsonParser.class, Native.class, PipeAgent.class);

    @TempDir
    Path directory;

    private Path ml;

    @BeforeEach
    void make() throws IOException {
        assumeTrue(ForkedJvm.isRoot(), "only root can run processes as two other users");
        Files.setAttribute(directory, "unix:mode", 0755);
        ml = Files.createDirectory(directory.resolve("ml"));
    }

    /** What a shared volume is, for example in Kubernetes by {@code fsGroup}. */
    private void shareBySetGid() throws IOException {
        Files.setAttribute(ml, "unix:gid", SHARED);
        Files.setAttribute(ml, "unix:mode", 02770);
    }

    private void giveToTheAgent() throws IOException {
        Files.setAttribute(ml, "unix:uid", AGENT);
        Files.setAttribute(ml, "unix:mode", 0755);
    }

    /** What trainer and agent print; the trainer begins to wait for the pipe first. */
    private List<String> run(Object... agentArguments) throws IOException {
        try (ForkedJvm trainer = ForkedJvm.runAs(TRAINER, SHARED, USED, ReaderMain.class)) {
            trainer.writeLine("root " + ml);
            try (ForkedJvm agent = ForkedJvm.runAs(AGENT, SHARED, USED, SideCarMain.class, agentArguments)) {
                String read = trainer.readAnswer();
                return read != null && read.startsWith("bytes") ? List.of(read, agent.readAnswer()) : List.of(read);
            }
        }
    }

    @Test
    void aSetGidDirectoryIsEnough() throws IOException {
        shareBySetGid();
        assertThat(run(ml)).containsExactly("bytes 3", "done");
    }

    @Test
    void orTheAgentNamesTheGroup() throws IOException {
        giveToTheAgent();
        assertThat(run(ml, SHARED)).containsExactly("bytes 3", "done");
    }

    @Test
    void otherwiseTheTrainersErrorSaysWhatToDo() throws IOException {
        giveToTheAgent();
        assertThat(run(ml, "nobody"))
                .singleElement()
                .asString()
                .contains(
                        " has owner " + AGENT + ", group " + AGENT + " and mode 0700",
                        "uid " + TRAINER + " and the groups " + TRAINER + ", " + SHARED,
                        "--pipe-mode 0640 and --pipe-group");
    }

    @Test
    void anAgentThatIsNotInTheGroupSaysSo() throws IOException {
        giveToTheAgent();
        try (ForkedJvm agent = ForkedJvm.runAs(AGENT, SHARED, USED, SideCarMain.class, ml, TRAINER)) {
            assertThat(agent.readAnswer())
                    .contains(
                            "to the group \"" + TRAINER + "\"",
                            "expected a group of this process",
                            "uid " + AGENT + " and the groups " + AGENT + ", " + SHARED);
        }
    }
}
