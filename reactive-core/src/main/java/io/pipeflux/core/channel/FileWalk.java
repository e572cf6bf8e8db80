package io.pipeflux.core.channel;

import io.pipeflux.core.internal.ChannelThread;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.FileThread;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;

/**
 * Walks through a directory tree, one file at a time. The entries of each directory are sorted by name. For sorting,
 * the name of a subdirectory gets a trailing {@code /}. As a result, files are emitted in the order of their full
 * paths.
 */
final class FileWalk {

    /**
     * A directory on the path to the current file.
     *
     * @param names the names of the entries that the walk has not visited yet
     * @param fileKey identifies the directory
     */
    private record Level(
            Path directory,
            Iterator<String> names,
            @Nullable Object fileKey) {}

    private final Deque<Level> levels = new ArrayDeque<>();
    private final Path root;
    private boolean begun;

    private FileWalk(Path root) {
        this.root = root;
    }

    /** Returns the files in order. Accesses files and directories on the given thread, and emits the files on it. */
    static Flux<FileRef> of(Path root, ChannelThread thread) {
        return FileThread.generate(thread, () -> new FileWalk(root), FileWalk::next, walk -> {});
    }

    private void next(SynchronousSink<FileRef> sink) {
        FileRef file = begun ? inLevels() : begin();
        if (file != null) {
            sink.next(file);
        }
        if (file == null || levels.isEmpty()) {
            sink.complete();
        }
    }

    private @Nullable FileRef begin() {
        begun = true;
        FileRef only = look(root);
        return only != null ? only : inLevels();
    }

    private @Nullable FileRef inLevels() {
        while (!levels.isEmpty()) {
            Level level = levels.element();
            if (level.names.hasNext()) {
                FileRef file = look(level.directory.resolve(level.names.next()));
                if (file != null) {
                    return file;
                }
            } else {
                levels.remove();
            }
        }
        return null;
    }

    /**
     * Returns the file at this path, or null if the path is not a regular file. If the path is a directory, the walk
     * continues in this directory.
     */
    private @Nullable FileRef look(Path path) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            if (attributes.isDirectory()) {
                enter(path, attributes.fileKey());
            }
            return attributes.isRegularFile() ? FileRef.of(path, attributes) : null;
        } catch (IOException e) {
            throw FileRef.failed(path, e);
        }
    }

    private void enter(Path directory, @Nullable Object fileKey) throws IOException {
        for (Level parent : levels) {
            if (fileKey != null && fileKey.equals(parent.fileKey)) {
                throw FileRef.failed(
                        ErrorKind.FILE_NOT_READ,
                        directory,
                        "expected no loop of symbolic links, but a link points to a directory that contains it: "
                                + parent.directory,
                        null);
            }
        }
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (!name.startsWith(".")) {
                    names.add(Files.isDirectory(entry) ? name + "/" : name);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        names.sort(FileWalk::compareBytes);
        levels.push(new Level(directory, names.iterator(), fileKey));
    }

    /** Compares two strings by their UTF-8 bytes. The result is the same as that of a comparison by code points. */
    static int compareBytes(String a, String b) {
        int shorter = Math.min(a.length(), b.length());
        for (int i = 0; i < shorter; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                // a surrogate is part of a code point that is greater than all code points that fit into one char
                boolean beyond = Character.isSurrogate(x);
                return beyond == Character.isSurrogate(y) ? Character.compare(x, y) : beyond ? 1 : -1;
            }
        }
        return Integer.compare(a.length(), b.length());
    }
}
