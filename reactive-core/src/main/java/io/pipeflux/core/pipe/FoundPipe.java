package io.pipeflux.core.pipe;

import io.pipeflux.core.PipeException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The pipe that a reader has found: the identity of the FIFO, and its writer's report. The report is held open from
 * before the FIFO is opened, so that a later change of its name, for example by a restarted agent, has no effect.
 *
 * <pre>
 *   found: FIFO identified, report held --opened: the same FIFO--&gt; read --end of the bytes--&gt; verified
 * </pre>
 *
 * <p>If no report belongs to this FIFO, another program fills it, and the end of its bytes is the end of the epoch.
 */
final class FoundPipe implements Closeable {

    private static final int LOOKS_AT_A_TORN_REPORT = 50;
    private static final long LOOK_NANOS = 1_000_000;

    private final Path path;
    private PipeIdentity.Seen seen; // of the pipe's thread
    private final @Nullable Path reportPath;
    private final @Nullable PipeIdentity reportBefore;

    private @Nullable ReportFile file;
    private @Nullable PipeReport report; // as it was when the pipe was opened
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
     * @param report where its report would be, or null if it has none
     * @throws NoSuchFileException if it has gone
     */
    static FoundPipe at(Path pipe, @Nullable Path report) throws IOException {
        return at(pipe, PipeIdentity.see(pipe), report);
    }

    /** As the other, of a pipe that was seen before. */
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

    /** Returns the identity of the file of this name, or null if there is none. */
    private static @Nullable PipeIdentity identity(Path file) throws IOException {
        try {
            return PipeIdentity.of(file);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /**
     * Called when the pipe is open. If the held report belongs to another pipe, this pipe's report may have taken its
     * name by now.
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
     * If the pipe was replaced between being found and being opened, the one that was opened counts. Nothing takes its
     * inode as long as it is open. So a report of that inode that has no end is of this pipe, unless this pipe is known
     * to have been made at another time.
     */
    private synchronized void seeAgainUnless(boolean isSame, Path opened) throws IOException {
        if (!isSame) {
            seen = PipeIdentity.see(opened);
        }
    }

    /** Returns whether this process has the pipe open, or true if that is unknown. */
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
                return; // removed between two looks
            }
            throw unreadable(reportPath, e);
        }
        if (file != null) {
            file.close();
        }
        file = found; // closed with this pipe
        report = null;
        report = readWhole(found);
    }

    /** Reads the report, again if it is updated at the same moment and was read in part. */
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
        return PipeException.of(
                "the report of the pipe is unreadable: " + e.getMessage()
                        + "; if no agent fills this pipe, remove the file",
                report.toString(),
                null,
                e);
    }

    /** Returns whether the held report belongs to this FIFO, as far as is known before its end. */
    synchronized boolean isReported() {
        return report != null && seen.identity().equals(report.pipe());
    }

    /**
     * Returns whether bytes were written into the FIFO before it was found. False if it only has the inode of a lost
     * one.
     */
    private synchronized boolean isInUse() {
        PipeIdentity of = report == null || report.end() != null ? null : report.pipe();
        return of != null
                && of.isSameFile(seen.identity())
                && !of.equals(seen.identity())
                && !seen.isKnownToBeAnotherThan(of);
    }

    /**
     * Called before the pipe is opened. A writer writes only while a reader has the pipe open. So earlier bytes went to
     * another reader, and the next bytes are from the middle of an epoch.
     *
     * @throws PipeInUseException if another reader has, or had, the pipe open
     */
    void failIfInUse() throws PipeInUseException {
        if (isInUse()) {
            throw new PipeInUseException(path + ", a part of which another reader has had, but expected a pipe that"
                    + " nobody has read of: its writer makes the next one when that reader has left; if no agent"
                    + " fills this pipe, remove the old report " + reportPath);
        }
    }

    /** Returns the id of the report that is held, or null if it is not of this pipe. */
    synchronized @Nullable String reportId() {
        return report != null && (isReported() || isInUse()) ? report.id() : null;
    }

    /** Returns the writer's name for the channel's content, or null if it is unknown. */
    synchronized @Nullable String content() {
        return report != null && (isReported() || isInUse()) ? report.content() : null;
    }

    /**
     * Checks the pipe's name while the reader waits for a writer.
     *
     * @throws PipeRemovedException if the name has been given to another pipe
     */
    void failIfReplaced() throws IOException {
        if (isReplaced()) {
            throw new PipeRemovedException(path + " was replaced by another pipe");
        }
    }

    /**
     * Checks the pipe's name when there are no bytes and no writer any more.
     *
     * @throws PipeRemovedException if the pipe was removed before anybody wrote into it
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

    /** Returns whether the pipe is gone without a reported end. A writer that wrote no byte has reported one. */
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
     * Called when the bytes have ended. Fails unless that is the end of the epoch.
     *
     * @param bytes the number of bytes that have arrived
     * @param name the name of the pipe in messages
     */
    synchronized void verifyEnd(long bytes, String name) throws IOException {
        if (closed) {
            return; // cancelled: nobody waits for the result
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
            return; // left by another pipe that had the same inode
        }
        PipeReport.End end = now.end();
        if (end == null || !now.id().equals(before.id())) {
            throw PipeException.of(
                    "the writer was lost after " + bytes + " bytes: its report " + held
                            + " has no end. The epoch is not whole: when the agent runs again, start from the last"
                            + " checkpoint; if no agent fills this pipe, remove that old report",
                    name,
                    null,
                    null);
        }
        verify(end, bytes, name);
    }

    private static void verify(PipeReport.End end, long bytes, String name) {
        if (end.error() != null) {
            throw PipeException.of(
                    "the agent ended the pipe after " + end.bytes() + " bytes: " + end.error(), name, null, null);
        }
        if (end.bytes() != bytes) {
            throw PipeException.of(
                    "the agent wrote " + end.bytes() + " bytes and " + bytes
                            + " arrived: expected one reader of the pipe, but another may have taken the rest",
                    name,
                    null,
                    null);
        }
    }

    /**
     * Returns the report that an agent of an earlier version, which writes it last, has written since the pipe was
     * found.
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
