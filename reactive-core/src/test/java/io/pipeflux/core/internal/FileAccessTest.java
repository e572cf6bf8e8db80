package io.pipeflux.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.pipe.NamedPipes;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Links in the place of what is made lead to a file of somebody else, which stays as it is. */
class FileAccessTest {

    private static final FileAccess GROUP = FileAccess.ofGroup(false, null);
    private static final int TRIES = 3000;

    @TempDir
    Path directory;

    private Path target;
    private Path link;

    @BeforeEach
    void make() throws IOException {
        target = Files.writeString(directory.resolve("target"), "kept");
        Files.setAttribute(target, "unix:mode", 0600);
        link = Files.createSymbolicLink(directory.resolve("link"), target);
    }

    private void assertTargetIsAsItWas() throws IOException {
        assertThat(target).hasContent("kept");
        assertThat(Files.getAttribute(target, "unix:mode")).isEqualTo(0100600);
    }

    @Test
    void aLinkIsNotCreatedThrough() throws IOException {
        Path dangling = Files.createSymbolicLink(directory.resolve("dangling"), directory.resolve("nowhere"));
        for (Path taken : new Path[] {link, dangling}) {
            assertThatThrownBy(() -> FileAccess.createFile(taken)).isInstanceOf(FileAlreadyExistsException.class);
            assertThatThrownBy(() -> FileAccess.createDirectory(taken)).isInstanceOf(FileAlreadyExistsException.class);
        }
        assertThat(directory.resolve("nowhere")).doesNotExist();
        assertTargetIsAsItWas();
    }

    @Test
    void aLinkThatReplacesACreatedFileIsNotWrittenThrough() throws IOException {
        assertThatThrownBy(() -> FileAccess.openCreated(link))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("it was replaced in the meantime");
        try (RandomAccessFile file = FileAccess.openCreated(FileAccess.createFile(directory.resolve("file")))) {
            file.write(1);
        }
        assertThat(directory.resolve("file")).hasSize(1);
        assertTargetIsAsItWas();
    }

    @Test
    void aCleanUpThatFailsDoesNotHideTheFirstError() throws IOException {
        Exception first = new IllegalStateException("first");
        Path full = Files.createDirectories(directory.resolve("full/part")).getParent();
        FileAccess.removeAfter(first, full);
        assertThat(first.getSuppressed()).hasExactlyElementsOfTypes(DirectoryNotEmptyException.class);
    }

    @Test
    void aFifoGetsItsMode() throws IOException {
        Path fifo = directory.resolve("fifo");
        NamedPipes.create(fifo);
        assertThat(Files.getAttribute(fifo, "unix:mode")).isEqualTo(0010600);
        GROUP.grant(fifo);
        assertThat(Files.getAttribute(fifo, "unix:mode")).isEqualTo(0010640);
    }

    /** A FIFO and a link to the target have its name in turn, while access to it is given again and again. */
    @Test
    void aLinkThatReplacesAFifoIsNotGivenAccess() throws Exception {
        Path fifo = directory.resolve("fifo");
        NamedPipes.create(fifo);
        Path made = Files.createLink(directory.resolve("made"), fifo);
        AtomicBoolean over = new AtomicBoolean();
        Thread swaps = new Thread(() -> {
            while (!over.get()) {
                replace(made, link);
                replace(made, fifo);
            }
        });
        swaps.start();
        int given = 0;
        for (int i = 0; i < TRIES; i++) {
            Files.setAttribute(fifo, "unix:mode", 0600);
            try {
                GROUP.grant(made);
                given++;
            } catch (IOException e) {
                // the link was there
            }
        }
        over.set(true);
        swaps.join();
        assertThat(given).isPositive();
        assertTargetIsAsItWas();
    }

    private void replace(Path made, Path by) {
        try {
            Path next = Files.createLink(directory.resolve("next"), by); // a link to a symbolic link is one, too
            Files.move(next, made, StandardCopyOption.ATOMIC_MOVE);
            Files.deleteIfExists(next); // it remains if both were the same file
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
