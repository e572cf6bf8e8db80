package io.pipeflux.core.pipe;

import io.pipeflux.core.internal.FileAccess;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;

/**
 * Keeps a report's file open, so that the same file is read and written even if a different file takes its name. This
 * class does not use a {@code FileChannel}, because an interrupt of the thread would close the channel.
 */
final class ReportFile implements Closeable {

    /** The maximum length of a report in bytes. A longer file is not a report. */
    private static final int LONGEST = 64 << 10;

    private final Path path;
    private final RandomAccessFile file;

    private ReportFile(Path path, RandomAccessFile file) {
        this.path = path;
        this.file = file;
    }

    /**
     * Writes a report into a new file, and then renames that file to the report's name. If a file with this name
     * exists, it is replaced atomically.
     *
     * @param access who may read the report
     */
    static ReportFile create(Path path, PipeReport report, FileAccess access) throws IOException {
        Path whole = PipeNames.temporary(path);
        Files.deleteIfExists(whole);
        // this fails if the path is a link that another program has created
        FileAccess.createFile(whole);
        RandomAccessFile file = null;
        try {
            file = FileAccess.openCreated(whole);
            write(path, file, report);
            access.grant(whole);
            Files.move(whole, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return new ReportFile(path, file);
        } catch (IOException | RuntimeException | Error e) {
            AllSteps undo = new AllSteps(e);
            RandomAccessFile opened = file;
            if (opened != null) {
                undo.run(opened::close);
            }
            undo.run(() -> Files.deleteIfExists(whole));
            throw e;
        }
    }

    /** Opens an existing file for reading. */
    static ReportFile open(Path path) throws IOException {
        // without this check, opening a FIFO would wait for a writer
        if (!Files.isRegularFile(path)) {
            PathKind.REGULAR.require(path);
        }
        try {
            return new ReportFile(path, new RandomAccessFile(path.toFile(), "r"));
        } catch (FileNotFoundException e) { // the JDK throws this exception whenever a file cannot be opened
            if (Files.exists(path) && !Files.isReadable(path)) {
                throw new AccessDeniedException(path.toString());
            }
            throw e;
        }
    }

    /** Updates the file in place, by a single write of the file's whole length. */
    void update(PipeReport report) throws IOException {
        file.seek(0);
        write(path, file, report);
    }

    /**
     * Writes the report. If the write fails, adds the file's path to the exception's message, because the JDK's message
     * does not contain it.
     */
    private static void write(Path path, RandomAccessFile file, PipeReport report) throws IOException {
        try {
            file.write(report.encode());
        } catch (IOException e) {
            throw new IOException("could not write the report " + path + ": " + e.getMessage(), e);
        }
    }

    /** Reads the whole file. Fails if it is not a report. */
    PipeReport read() throws IOException {
        long length = file.length();
        if (length > LONGEST) {
            throw new IOException("expected at most " + LONGEST + " bytes, but got " + length);
        }
        byte[] bytes = new byte[(int) length];
        file.seek(0);
        int count = 0;
        while (count < bytes.length) {
            int more = file.read(bytes, count, bytes.length - count);
            if (more < 0) {
                break;
            }
            count += more;
        }
        return PipeReport.decode(Arrays.copyOf(bytes, count));
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
