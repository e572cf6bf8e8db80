package io.pipeflux.core.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.pipe.PipeAccess;
import io.pipeflux.core.suite.ForkedJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may use what agents, writers and readers make: modes and groups, under any umask. */
class AccessTest {

    private static final String OWNER = "0600";

    @TempDir
    Path directory;

    /** A group that this process may give files to, and which root's new files do not have anyway. */
    private String group() throws IOException {
        return ForkedJvm.isRoot() ? "4321" : gid();
    }

    private String gid() throws IOException {
        return Files.getAttribute(directory, "unix:gid").toString();
    }

    private Map<String, String> made(String umask, String mode, String group) throws IOException {
        Map<String, String> made = new TreeMap<>();
        try (ForkedJvm jvm = ForkedJvm.runWithUmask(umask, AccessMain.class, directory, mode, group)) {
            for (String line = jvm.readAnswer(); line != null; line = jvm.readAnswer()) {
                String[] words = line.split(" ", 2);
                made.put(words[0], words[1]);
            }
        }
        assertThat(made.remove("to")).isEqualTo("others, ever: 0");
        return made;
    }

    /** The state's and the lock's files, and a pipe that is created alone, are the owner's in any case. */
    private Map<String, String> expected(String file, String directory, String socket, String group)
            throws IOException {
        Map<String, String> expected = new TreeMap<>();
        for (String path : new String[] {"ml", "ml/input", "ml/input/config", "ml/input/data"}) {
            expected.put(path, directory + " " + group);
        }
        for (String path : new String[] {
            "ml/input/config/hyperparameters.json",
            "ml/input/config/inputdataconfig.json",
            "ml/input/config/resourceconfig.json",
            "ml/input/data/train_0",
            "ml/input/data/.train_0.end"
        }) {
            expected.put(path, file + " " + group);
        }
        expected.put("socket", socket + " " + group);
        for (String path : new String[] {
            "fifo",
            "ml/input/.agent.lock",
            "state/.train-pipe_mode-claim",
            "state/.train-pipe_mode-lock",
            "state/.train-pipe_mode-state"
        }) {
            expected.put(path, OWNER + " " + gid());
        }
        return expected;
    }

    @ParameterizedTest
    @ValueSource(strings = {"000", "022", "077"})
    void allIsTheOwnersByDefault(String umask) throws IOException {
        assertThat(made(umask, OWNER, "-")).isEqualTo(expected(OWNER, "0700", OWNER, gid()));
    }

    @ParameterizedTest
    @CsvSource({"000, 0660", "077, 0640"})
    void aGroupMayReadOrWriteWhatAReaderNeeds(String umask, String mode) throws IOException {
        assertThat(made(umask, mode, group())).isEqualTo(expected(mode, "0750", "0660", group()));
    }

    @Test
    void existingDirectoriesAreLeftAsTheyAre() throws IOException {
        Path input = Files.createDirectories(directory.resolve("ml/input"));
        Files.setPosixFilePermissions(input, PosixFilePermissions.fromString("rwxr-xr-x"));
        PipeAccess.owner().createDirectories(directory.resolve("ml/input/data"));
        assertThat(Files.getAttribute(input, "unix:mode")).isEqualTo(040755);
        assertThat(Files.getAttribute(input.resolve("data"), "unix:mode")).isEqualTo(040700);
    }

    @Test
    void inASetGidDirectoryTheGroupIsTheDirectorys() throws IOException {
        Files.setAttribute(directory, "unix:gid", Integer.valueOf(group()));
        Files.setAttribute(directory, "unix:mode", 02770);
        Path made = PipeAccess.groupReads().createDirectories(directory.resolve("ml/input"));
        Path file = Files.createFile(made.resolve("file"));
        PipeAccess.groupReads().grant(file);
        for (Path path : new Path[] {made, made.getParent(), file}) {
            assertThat(Files.getAttribute(path, "unix:gid")).hasToString(group());
        }
        assertThat(Files.getAttribute(made, "unix:mode")).isEqualTo(042750);
        assertThat(Files.getAttribute(file, "unix:mode")).isEqualTo(0100640);
    }

    @Test
    void aLinkIsNotFollowed() throws IOException {
        Path target = Files.createFile(directory.resolve("target"));
        Files.setAttribute(target, "unix:mode", 0400);
        Path link = Files.createSymbolicLink(directory.resolve("link"), target);
        assertThatThrownBy(() -> PipeAccess.groupReads().grant(link))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is a symbolic link");
        assertThat(Files.getAttribute(target, "unix:mode")).isEqualTo(0100400);
    }

    @Test
    void anUnknownGroupIsRefused() {
        PipeAccess access = PipeAccess.groupReads().group("no such group");
        assertThatThrownBy(() -> access.createDirectories(directory.resolve("ml")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("expected the name or number of a group of this host, but got \"no such group\"");
        assertThat(directory.resolve("ml")).doesNotExist();
    }

    @Test
    void theOwnersAccessHasNoGroup() {
        assertThatThrownBy(() -> PipeAccess.owner().group("1")).isInstanceOf(IllegalStateException.class);
    }
}
