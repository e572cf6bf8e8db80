package io.pipeflux.core.job;

import io.pipeflux.core.internal.Interrupts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Keeps the newest checkpoint in a directory, as the file {@code checkpoint}.
 *
 * <pre>
 *   write   .checkpoint.&lt;random&gt;.tmp  --fsync, rename--&gt;  checkpoint, fsync of the directory
 * </pre>
 *
 * The temporary file is made anew in the same directory and never through a link. One that a killed process left is
 * removed by the next process's first write.
 */
final class DirectoryStore implements CheckpointStore {

    static final String FILE = "checkpoint";

    private static final String TEMPORARY = ".checkpoint.*.tmp";
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path directory;
    private final Path file;
    private boolean leftoversRemoved;

    DirectoryStore(Path directory) {
        this.directory = directory.toAbsolutePath();
        this.file = this.directory.resolve(FILE);
    }

    @Override
    public Optional<byte[]> read() throws IOException {
        try {
            if (!Files.readAttributes(file, BasicFileAttributes.class).isRegularFile()) {
                throw new IOException("expected a regular file, but it is none");
            }
            return Optional.of(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            for (Path path = file; path != null; path = path.getParent()) {
                if (Files.isSymbolicLink(path) && !Files.exists(path)) {
                    throw new IOException(path + " is a link to something that is not there", e);
                }
            }
            return Optional.empty();
        }
    }

    @Override
    public void write(byte[] checkpoint) throws IOException {
        Interrupts.keep(() -> replace(checkpoint)); // a training that is interrupted saves what it has
    }

    private void replace(byte[] checkpoint) throws IOException {
        if (!Files.isDirectory(directory)) { // or a link to one, which createDirectories would refuse
            Files.createDirectories(directory);
            synchronise(directory.resolveSibling("."));
        }
        removeLeftovers();
        byte[] random = new byte[8];
        RANDOM.nextBytes(random);
        Path temporary = directory.resolve(TEMPORARY.replace("*", HexFormat.of().formatHex(random)));
        try {
            writeDurably(temporary, checkpoint);
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (Throwable e) {
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException more) {
                e.addSuppressed(more);
            }
            throw e;
        }
        synchronise(directory);
    }

    private static void writeDurably(Path temporary, byte[] bytes) throws IOException {
        try (FileChannel out = FileChannel.open(
                temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            ByteBuffer left = ByteBuffer.wrap(bytes);
            while (left.hasRemaining()) {
                out.write(left);
            }
            out.force(true);
        }
    }

    private static void synchronise(Path directory) throws IOException {
        try (FileChannel entries = FileChannel.open(directory, StandardOpenOption.READ)) {
            entries.force(true);
        }
    }

    private void removeLeftovers() throws IOException {
        if (leftoversRemoved) {
            return;
        }
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(directory, TEMPORARY)) {
            for (Path leftover : leftovers) {
                Files.deleteIfExists(leftover);
            }
        }
        leftoversRemoved = true;
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
