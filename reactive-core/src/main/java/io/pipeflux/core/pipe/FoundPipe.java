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
 * The pipe that one reading has found: which FIFO it is, and its writer's report. The report is held from before the
 * opening on, so that what becomes of its name later, such as when the agent begins again, does not matter.
 *
 * <pre>
 *   found: the FIFO is identified, its report held --opened: it is the same FIFO--&gt; read --end of the bytes--&gt; verified
 * </pre>
 *
 * <p>Where no report is of this FIFO, another program fills it, and the end of its bytes is the end of the epoch.
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
        FoundPipe found = new FoundPipe(pipe, PipeIdentity.see(pipe), report, report == null ? null : identity(report));
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

    /** Which file a name leads to, or null if there is none. */
    private static @Nullable PipeIdentity identity(Path file) throws IOException {
        try {
            return PipeIdentity.of(file);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /**
     * The pipe is open. Where the report that is held is of another pipe, its name may lead to this one's by now.
     *
     * @param opened leads to the file that was opened, or null if only its name is known
     */
    void opened(@Nullable Path opened) throws IOException {
        if (opened != null) {
            seeAgainUnless(PipeIdentity.of(opened).isSameFile(seen.identity()), opened);
        } else if (Files.exists(path)) {
            seeAgainUnless(!isReplaced() || isOpenHere(), path);
        }
        if (reportPath != null && !isReported()) {
            hold(reportPath);
        }
    }

    /** Where the pipe was replaced between being found and being opened, the one that was opened counts. */
    private synchronized void seeAgainUnless(boolean isSame, Path opened) throws IOException {
        if (!isSame) {
            seen = PipeIdentity.see(opened);
        }
    }

    /** Returns whether this process has the pipe open; true if that cannot be known. */
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

    /** A report that is updated at this moment may be read in part. */
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

    /** Returns whether the report that is held is of this FIFO, as far as can be known before its end. */
    synchronized boolean isReported() {
        return report != null && seen.identity().equals(report.pipe());
    }

    /**
     * Returns whether something was written into the FIFO before it was found; false if it only has a lost one's inode.
     */
    private synchronized boolean isInUse() {
        PipeIdentity of = report == null || report.end() != null ? null : report.pipe();
        return of != null
                && of.isSameFile(seen.identity())
                && !of.equals(seen.identity())
                && !seen.isKnownToBeAnotherThan(of);
    }

    /**
     * Asked before the pipe is opened. A writer writes only while a reader has the pipe open, so bytes that were
     * written before went to another reader, and those that follow are the middle of an epoch.
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

    /** Returns what the writer named as the channel's content, or null if it is unknown. */
    synchronized @Nullable String content() {
        return report != null && (isReported() || isInUse()) ? report.content() : null;
    }

    /**
     * Looks at the name while a writer is awaited.
     *
     * @throws PipeRemovedException if it leads to another pipe by now
     */
    void failIfReplaced() throws IOException {
        if (isReplaced()) {
            throw new PipeRemovedException(path + " was replaced by another pipe");
        }
    }

    /**
     * Looks at the name when there is no byte and no writer any more.
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

    /** A writer that has ended without a byte has removed its pipe, too, but reported its end. */
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
     * The bytes have ended: fails unless that is the end of the epoch.
     *
     * @param bytes how many have arrived
     * @param name what messages call the pipe
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
