package io.pipeflux.core.suite;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * Makes the directories of tests, and deletes each as soon as nothing is created in it any more: a cancelled writer
 * removes its pipes shortly afterwards, and until then may make the next one. JUnit itself tries once. Surefire's
 * configuration makes this every test's factory, and switches JUnit's own deletion off.
 */
public final class PatientTempDirs implements TempDirFactory {

    private Path directory;

    @Override
    public Path createTempDirectory(AnnotatedElementContext elementContext, ExtensionContext extensionContext)
            throws IOException {
        directory = Files.createTempDirectory("junit-");
        return directory;
    }

    @Override
    public void close() {
        await("the end of all that creates files in " + directory)
                .atMost(Patience.PATIENCE)
                .until(() -> delete(directory));
    }

    private static boolean delete(Path path) {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            allowAll(path);
            children(path).forEach(PatientTempDirs::delete);
        }
        try {
            Files.deleteIfExists(path);
            return true;
        } catch (IOException e) { // a file was created meanwhile
            return false;
        }
    }

    /** A test may have taken a permission away. */
    private static void allowAll(Path path) {
        boolean unused = path.toFile().setReadable(true)
                & path.toFile().setWritable(true)
                & path.toFile().setExecutable(true);
    }

    private static List<Path> children(Path path) {
        try (Stream<Path> children = Files.list(path)) {
            return children.toList();
        } catch (IOException | UncheckedIOException e) { // the directory is not empty, then
            return List.of();
        }
    }
}
