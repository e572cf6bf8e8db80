package io.pipeflux.samples.training;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A directory that is deleted when it is closed, or when the program is interrupted. */
public final class TemporaryDirectory implements AutoCloseable {

    private final Path path;
    private final Thread atExit;

    private TemporaryDirectory(Path path, Runnable before) {
        this.path = path;
        this.atExit = new Thread(() -> {
            before.run();
            delete();
        });
    }

    /** Creates a directory. */
    public static TemporaryDirectory create(String prefix) throws IOException {
        return create(prefix, () -> {});
    }

    /**
     * Creates a directory.
     *
     * @param before called when the program is interrupted, before the directory is deleted. It should return only when
     *     the directory is no longer in use
     */
    public static TemporaryDirectory create(String prefix, Runnable before) throws IOException {
        TemporaryDirectory directory = new TemporaryDirectory(Files.createTempDirectory(prefix), before);
        Runtime.getRuntime().addShutdownHook(directory.atExit);
        return directory;
    }

    /** Returns the path of the directory. */
    public Path path() {
        return path;
    }

    @Override
    public void close() {
        delete();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // the program is being interrupted, so this shutdown hook is already running and can no longer be
            // removed
        }
    }

    private void delete() {
        // the first attempt may fail, because an agent that was just stopped may still be removing its pipes
        if (!deleteAll()) {
            deleteAll();
        }
    }

    private boolean deleteAll() {
        try (Stream<Path> files = Files.walk(path)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
            return true;
        } catch (IOException | UncheckedIOException e) {
            return !Files.exists(path);
        }
    }
}
