package io.pipeflux.core.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class PatientTempDirsTest {

    private static final int FILES = 2000;

    @Test
    void aDirectoryIsDeletedAfterItsLastFileWasCreated() throws IOException {
        PatientTempDirs directories = new PatientTempDirs();
        Path directory = directories.createTempDirectory(null, null);
        Path inner = Files.createDirectories(directory.resolve("a/b"));
        Files.createSymbolicLink(inner.resolve("link"), Path.of("/"));
        CompletableFuture<Void> started = new CompletableFuture<>();
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> create(inner, started));
        started.join();
        directories.close();
        assertThat(directory).doesNotExist();
        writer.join();
    }

    private static void create(Path directory, CompletableFuture<Void> started) {
        for (int i = 0; i < FILES; i++) {
            started.complete(null);
            try {
                Files.createFile(directory.resolve("file" + i));
            } catch (IOException deleted) {
                return;
            }
        }
    }
}
