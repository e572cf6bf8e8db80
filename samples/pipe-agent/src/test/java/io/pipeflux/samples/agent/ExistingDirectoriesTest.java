package io.pipeflux.samples.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExistingDirectoriesTest {

    @TempDir
    private Path root;

    @Test
    void nothingIsSaidOfDirectoriesThatTheAgentMakes() throws IOException {
        mode(root, "rwx--x---");
        assertThat(ExistingDirectories.notes(root, "0640", null)).isEmpty();
        assertThat(ExistingDirectories.notes(root.resolve("ml"), "0640", null)).isEmpty();
    }

    @Test
    void aDirectoryThatTheGroupCannotUseIsNamedWithTheCommandThatMendsIt() throws IOException {
        mode(root, "rwx------");
        Path data = Files.createDirectories(root.resolve("input/data"));
        mode(root.resolve("input"), "rwxr-x---");
        mode(data, "rwx--x---");
        assertThat(ExistingDirectories.notes(root, "0640", null))
                .satisfiesExactly(
                        note -> assertThat(note)
                                .startsWith(root + " exists, and --pipe-mode 0640 does not change it: it has group ")
                                .endsWith(" and mode 0700, so the trainer's group cannot enter it. Run: chmod g+x "
                                        + root),
                        note -> assertThat(note)
                                .endsWith("mode 0710, so the trainer's group cannot read it. Run: chmod g+rx " + data));
    }

    @Test
    void aDirectoryOfAnotherGroupIsUsableOnlyIfItIsOpenToAll() throws IOException {
        mode(root, "rwxrwx---");
        assertThat(ExistingDirectories.notes(root, "0660", "no such group"))
                .singleElement()
                .asString()
                .contains("Run: chgrp no such group " + root + " && chmod g+x ");
        mode(root, "rwxrwxr-x");
        assertThat(ExistingDirectories.notes(root, "0660", "no such group")).isEmpty();
        mode(root, "rwxrwx---");
        String gid = Files.getAttribute(root, "unix:gid").toString();
        assertThat(ExistingDirectories.notes(root, "0660", gid)).isEmpty();
    }

    private static void mode(Path directory, String permissions) throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(permissions));
    }
}
