package io.pipeflux.core.pipe;

import io.pipeflux.core.EpochProgress;
import io.pipeflux.core.PipeException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Identifies the pipe that a reader has found, and holds the report of the pipe's writer. The report is opened before
 * the FIFO, and stays open. Therefore, it does not matter if a different file takes the report's name later, for
 * example because the agent has restarted.
 *
 * <pre>{@code
 *   found: FIFO identified, report opened --FIFO opened--> identity checked --bytes have ended--> end verified
 * }</pre>
 *
 * <p>If no report belongs to this FIFO, the FIFO is filled by a program other than an agent. In that case, the epoch
 * ends when the bytes in the FIFO end.
 */
final class FoundPipe implements Closeable {

    private static final int LOOKS_AT_A_TORN_REPORT = 50;
    private static final long LOOK_NANOS = 1_000_000;

    private final Path path;
    private PipeIdentity.Seen seen; // written by the pipe's thread only
    private final @Nullable Path reportPath;
    private final @Nullable PipeIdentity reportBefore;

    private @Nullable ReportFile file;
    // the report that `file` contained when the file was opened
    private @Nullable PipeReport report;
    private boolean closed;

    private FoundPipe(
            Path path, PipeIdentity.Seen seen, @Nullable Path reportPath, @Nullable PipeIdentity reportBefore) {
        this.path = path;
        this.seen = seen;
        this.reportPath = reportPath;
        this.reportBefore = reportBefore;
    }

    /**
     * Identifies a pipe that is about to be opened.
     *
     * @param report the path of the pipe's report, which need not exist, or null if the pipe has no report
     * @throws NoSuchFileException if the pipe was removed
     */
    static FoundPipe at(Path pipe, @Nullable Path report) throws IOException {
        return at(pipe, PipeIdentity.see(pipe), report);
    }

    /** Does the same as {@link #at(Path, Path)}, but for a pipe whose identity has already been read. */
    static FoundPipe at(Path pipe, PipeIdentity.Seen seen, @Nullable Path report) throws IOException {
        FoundPipe found = new FoundPipe(pipe, seen, report, report == null ? null : identity(report));
        AllSteps steps = new AllSteps(null);
        if (report != null) {
            steps.run(() -> found.hold(report));
        }
        if (steps.failure() != null) {
            steps.run(found::close);
            steps.rethrow();
        }
        return found;
    }

    /** Returns the identity of the file at this path, or null if there is no such file. */
    private static @Nullable PipeIdentity identity(Path file) throws IOException {
        try {
            return PipeIdentity.of(file);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /**
     * Checks the identity again after the pipe was opened. If this pipe's report has not been opened yet, opens the
     * file that is now at the report's path, because this pipe's report may have been written in the meantime.
     *
     * @param opened a path to the file that was opened, or null if only its name is known
     */
    void opened(@Nullable Path opened) throws IOException {
        if (opened != null) {
            seeAgainUnless(PipeIdentity.see(opened).isSameFile(seen), opened);
        } else if (Files.exists(path)) {
            seeAgainUnless(!isReplaced() || isOpenHere(), path);
        }
        if (reportPath != null && !isReported()) {
            hold(reportPath);
        }
    }

    /**
     * Reads the identity again if the opened pipe is not the one that was found, that is, if the pipe was replaced
     * before it was opened. While the pipe is open, no other file can get its inode. So a report that contains this
     * inode and does not yet state an end belongs to this pipe, unless the creation times are known to differ.
     */
    private synchronized void seeAgainUnless(boolean isSame, Path opened) throws IOException {
        if (!isSame) {
            seen = PipeIdentity.see(opened);
        }
    }

    /** Returns whether the pipe that was found is open in this process. Returns true if that cannot be determined. */
    private boolean isOpenHere() throws IOException {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                PipeIdentity open = identity(descriptor);
                if (open != null && open.isSameFile(seen.identity())) {
                    return true;
                }
            }
            return false;
        } catch (NoSuchFileException e) {
            return true;
        }
    }

    private synchronized void hold(Path reportPath) throws IOException {
        if (closed) {
            return;
        }
        ReportFile found;
        try {
            found = ReportFile.open(reportPath);
        } catch (NoSuchFileException e) {
            return;
        } catch (IOException e) {
            if (Files.notExists(reportPath)) {
                return; // the file was removed after the attempt to open it
            }
            if (e instanceof AccessDeniedException) {
                throw PathKind.explain("could not read the report of the pipe", e, path.toString());
            }
            throw unreadable(reportPath, e);
        }
        if (file != null) {
            file.close();
        }
        file = found; // closed together with this object
        report = null;
        report = readWhole(found);
    }

    /** Reads the report. Reads it again if it is incomplete because the writer is currently updating it. */
    private static PipeReport readWhole(ReportFile file) throws IOException {
        for (int looks = 1; ; looks++) {
            try {
                return file.read();
            } catch (IOException e) {
                if (looks == LOOKS_AT_A_TORN_REPORT) {
                    throw unreadable(file, e);
                }
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private static PipeException unreadable(Object report, IOException e) {
        return CoreAccess.exception(
                PipeException.class,
                ErrorKind.BAD_REPORT,
                "could not read the report of the pipe: " + e.getMessage()
                        + "; if no agent fills this pipe, remove the file",
                report.toString(),
                null,
                e);
    }

    /**
     * Returns whether the report that was opened belongs to this FIFO. Compares the identity in the report with the
     * identity that the FIFO had when it was found, before any bytes were written.
     */
    synchronized boolean isReported() {
        return report != null && seen.identity().equals(report.pipe());
    }

    /**
     * Returns whether the report that was opened shows that bytes were written into this FIFO before it was found. A
     * report of a removed FIFO that had the same inode number is ignored if the creation times differ.
     */
    private synchronized boolean isInUse() {
        PipeIdentity of = report == null || report.end() != null ? null : report.pipe();
        return of != null
                && of.isSameFile(seen.identity())
                && !of.equals(seen.identity())
                && !seen.isKnownToBeAnotherThan(of);
    }

    /**
     * Fails if another reader has read from the pipe. Called before the pipe is opened. A writer writes only while a
     * reader has the pipe open. So if bytes have already been written, another reader has received them, and this
     * reader would begin in the middle of an epoch.
     *
     * @throws PipeInUseException if another reader has or had the pipe open
     */
    void failIfInUse() throws PipeInUseException {
        if (isInUse()) {
            throw new PipeInUseException(path + ", from which another reader has read, but expected a pipe from which"
                    + " nobody has read: its writer creates the next pipe after that reader has left; if no agent fills"
                    + " this pipe, remove the old report " + reportPath);
        }
    }

    /** Returns the ID of this pipe's report, or null if this pipe's report has not been opened. */
    synchronized @Nullable String reportId() {
        return report != null && (isReported() || isInUse()) ? report.id() : null;
    }

    /** Returns the name that the writer has given to the channel's content, or null if the name is unknown. */
    synchronized @Nullable String content() {
        return report != null && (isReported() || isInUse()) ? report.content() : null;
    }

    /**
     * Returns the writer's progress in reading its source, from the latest report. Returns null if the progress is
     * unknown.
     */
    synchronized @Nullable EpochProgress progress() {
        if (closed || file == null || !isReported()) {
            return null;
        }
        try {
            return file.read().progress();
        } catch (IOException e) {
            return null; // the writer is updating the report, so only the next call reads it
        }
    }

    /**
     * Fails if the pipe was replaced. Called while the reader waits for a writer.
     *
     * @throws PipeRemovedException if the name now belongs to a different pipe
     */
    void failIfReplaced() throws IOException {
        if (isReplaced()) {
            throw new PipeRemovedException(path + " was replaced by another pipe");
        }
    }

    /**
     * Fails if the pipe was removed before it was used. Called when the pipe contains no bytes and has no writer.
     *
     * @throws PipeRemovedException if the pipe was removed before any bytes were written into it
     */
    void failIfAbandoned() throws IOException {
        if (isAbandoned()) {
            throw new PipeRemovedException(path + " was removed before anybody wrote into it");
        }
    }

    private synchronized boolean isReplaced() throws IOException {
        PipeIdentity now = identity(path);
        return now != null && !now.isSameFile(seen.identity());
    }

    /**
     * Returns whether the pipe was removed without a report of its end. The end of an empty epoch is reported, so an
     * empty epoch does not count as removed without a report.
     */
    private synchronized boolean isAbandoned() throws IOException {
        PipeIdentity now = identity(path);
        if (now != null && now.isSameFile(seen.identity())) {
            return false;
        }
        if (file != null && isReported()) {
            return readWhole(file).end() == null;
        }
        return earlierFormatSinceFound() == null;
    }

    /**
     * Fails unless the whole epoch has arrived. Called when the pipe's bytes have ended.
     *
     * @param bytes the number of bytes that this reader has read from the pipe
     * @param name the name of the pipe to use in messages
     */
    synchronized void verifyEnd(long bytes, String name) throws IOException {
        if (closed) {
            return; // the subscription was cancelled, so nobody receives the result
        }
        ReportFile held = file;
        PipeReport before = report;
        PipeIdentity of = before == null ? null : before.pipe();
        if (held == null || before == null || of == null || !of.isSameFile(seen.identity())) {
            PipeReport earlier = earlierFormatSinceFound();
            if (earlier != null && earlier.end() != null) {
                verify(earlier.end(), bytes, name);
            }
            return;
        }
        PipeReport now;
        try {
            now = held.read();
        } catch (IOException e) {
            throw unreadable(held, e);
        }
        if (!isReported() && now.equals(before) && (before.end() != null || seen.isKnownToBeAnotherThan(of))) {
            return; // the report belongs to an earlier pipe with the same inode
        }
        PipeReport.End end = now.end();
        if (end == null || !now.id().equals(before.id())) {
            throw CoreAccess.exception(
                    PipeException.class,
                    ErrorKind.WRITER_LOST,
                    "the writer was lost after " + bytes + " bytes: its report " + held
                            + " has no end. The epoch is incomplete: when the agent runs again, start from the last"
                            + " checkpoint; if no agent fills this pipe, remove that old report",
                    name,
                    null,
                    null);
        }
        verify(end, bytes, name);
    }

    private static void verify(PipeReport.End end, long bytes, String name) {
        if (end.error() != null) {
            throw CoreAccess.exception(
                    PipeException.class,
                    ErrorKind.WRITER_FAILED,
                    "the agent ended the pipe after " + end.bytes() + " bytes: " + end.error(),
                    name,
                    null,
                    null);
        }
        if (end.bytes() != bytes) {
            throw CoreAccess.exception(
                    PipeException.class,
                    ErrorKind.BYTES_MISSING,
                    "expected the " + end.bytes() + " bytes that the agent wrote, but got " + bytes
                            + ": another reader of the pipe may have read the rest",
                    name,
                    null,
                    null);
        }
    }

    /**
     * Returns the report that an agent of an earlier Pipeflux version has written after the pipe was found, or null if
     * there is none. Agents of earlier versions write the report only when the pipe ends.
     */
    private @Nullable PipeReport earlierFormatSinceFound() throws IOException {
        Path path = reportPath;
        PipeIdentity now = path == null ? null : identity(path);
        if (path == null || now == null || now.equals(reportBefore)) {
            return null;
        }
        try (ReportFile written = ReportFile.open(path)) {
            PipeReport report = readWhole(written);
            return report.format() == 0 ? report : null;
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        if (file != null) {
            file.close();
        }
    }
}
