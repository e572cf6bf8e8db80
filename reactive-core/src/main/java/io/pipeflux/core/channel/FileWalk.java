package io.pipeflux.core.channel;

import io.pipeflux.core.internal.ChannelThread;
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
 * Walks through a directory file by file. Sorting each directory with a {@code /} behind the names of those in it gives
 * the order of the whole paths.
 */
final class FileWalk {

    /** A directory that is being walked through: what is left of its names, and what tells it from others. */
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

    /** Looks at files and directories on the thread given, and emits there. */
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

    /** The file there; null if it is none, and if it is a directory it is entered. */
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
        for (Level above : levels) {
            if (fileKey != null && fileKey.equals(above.fileKey)) {
                throw FileRef.failed(
                        directory, "a symbolic link leads back to a directory it stands in: " + above.directory, null);
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

    /** Compares as the UTF-8 bytes of the strings do: by code points. */
    static int compareBytes(String a, String b) {
        int shorter = Math.min(a.length(), b.length());
        for (int i = 0; i < shorter; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                boolean beyond = Character.isSurrogate(x); // of a code point beyond all that are one char
                return beyond == Character.isSurrogate(y) ? Character.compare(x, y) : beyond ? 1 : -1;
            }
        }
        return Integer.compare(a.length(), b.length());
    }
}
