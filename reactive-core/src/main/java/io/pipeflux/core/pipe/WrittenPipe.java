package io.pipeflux.core.pipe;

import io.pipeflux.core.EpochProgress;
import io.pipeflux.core.internal.FileAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Creates and removes a writer's pipe and the pipe's report. The order of the steps ensures that a reader can open the
 * pipe only after the report was written, and only before the end is reported:
 *
 * <pre>
 *   make:    .train_0.new is created, its group is set, and its identity is read
 *            .train_0.end is written, "not ended"          with its final length, so a full disk is detected here
 *            .train_0.new is renamed to train_0            from now on, readers can open it
 *   report:  train_0 is renamed to .train_0.old            from now on, no reader can open it
 *            .train_0.end is updated in place, "ended"
 *   (the pipe is closed)
 *   remove:  .train_0.old is opened briefly, so that a reader that still waits for bytes sees the end
 *            .train_0.old is removed
 * </pre>
 *
 * <p>When pipe n is created, the report of pipe n - 2 is removed, because no reader needs it any longer.
 */
final class WrittenPipe {

    /**
     * The number of reports that are kept. More than one report is needed, because a reader may still open a pipe's
     * report after the next pipe was created.
     */
    private static final int REPORTS_KEPT = 2;

    /** The longest tick of the clock that Linux uses for file times: the tick of a kernel that runs at 100 Hz. */
    private static final long TICK_NANOS = 10_000_000;

    private final Path directory;
    private final String channel;
    private final long index;
    private final @Nullable String content;
    private final LongSupplier objects;
    private final Path pipe;
    private final FileAccess access;

    private @Nullable PipeIdentity identity; // null before the pipe is created
    private @Nullable PipeReport report;
    private @Nullable ReportFile file;

    /**
     * Describes a pipe that {@link #make} will create.
     *
     * @param content the name of the channel's content, to be written into the report; null if the content has no name
     * @param objects supplies the number of objects written so far
     * @param access the users that may read the pipe and its report
     */
    WrittenPipe(
            Path directory,
            String channel,
            long index,
            @Nullable String content,
            LongSupplier objects,
            FileAccess access) {
        this.directory = directory;
        this.channel = channel;
        this.index = index;
        this.content = content;
        this.objects = objects;
        this.access = access;
        this.pipe = PipeNames.pipe(directory, channel, index);
    }

    String name() {
        return String.valueOf(pipe.getFileName());
    }

    Path make() throws IOException {
        removeLeftOver(directory, channel, index);
        Path made = PipeNames.made(directory, channel, index);
        Files.deleteIfExists(made);
        FifoSystem.ofThisMachine().create(made);
        AllSteps undo = new AllSteps(null);
        undo.run(() -> put(made));
        if (undo.failure() != null) {
            undo.run(() -> Files.deleteIfExists(made));
            undo.rethrow();
        }
        if (index >= REPORTS_KEPT) {
            Files.deleteIfExists(PipeNames.endFile(directory, channel, index - REPORTS_KEPT));
        }
        return pipe;
    }

    /** Writes the report, then renames the FIFO to its final name. */
    private void put(Path made) throws IOException {
        Path reportPath = PipeNames.endFile(directory, channel, index);
        FifoSystem.ofThisMachine().grant(made, access);
        PipeIdentity fifo = PipeIdentity.of(made);
        PipeReport begun = PipeReport.begun(UUID.randomUUID().toString(), fifo, content);
        ReportFile written = ReportFile.create(reportPath, begun, access);
        awaitTick();
        AllSteps undo = new AllSteps(null);
        undo.run(() -> Files.move(made, pipe, StandardCopyOption.ATOMIC_MOVE));
        if (undo.failure() != null) {
            undo.run(written::close);
            undo.run(() -> Files.deleteIfExists(reportPath));
            undo.rethrow();
        }
        identity = fifo;
        report = begun;
        file = written;
    }

    /**
     * Waits for the next tick of the clock, because bytes that are written within the tick in which the pipe was
     * created would not change the pipe's modification time.
     */
    private static void awaitTick() {
        long begun = System.nanoTime();
        for (long left = TICK_NANOS; left > 0; left = TICK_NANOS - (System.nanoTime() - begun)) {
            LockSupport.parkNanos(left);
        }
    }

    /** Reports the writer's progress in reading its source. */
    void report(EpochProgress progress) throws IOException {
        ReportFile written = file;
        PipeReport begun = report;
        if (written != null && begun != null) {
            PipeReport now = begun.at(progress);
            report = now;
            written.update(now);
        }
    }

    /**
     * Reports the end of the pipe, before the pipe is closed.
     *
     * @param bytes the number of bytes written into the pipe
     * @param progress the writer's progress in reading its source, or null if it is unknown
     * @param error the reason why the pipe ends early, or null if it does not end early
     */
    void report(long bytes, @Nullable EpochProgress progress, @Nullable String error) throws IOException {
        ReportFile written = file;
        PipeReport begun = report;
        if (written == null || begun == null) {
            return; // the pipe was not created, so no reader can have opened it
        }
        PipeReport last = progress == null ? begun : begun.at(progress);
        AllSteps steps = new AllSteps(null);
        steps.run(this::hide);
        steps.run(() -> written.update(last.ended(new PipeReport.End(bytes, objects.getAsLong(), error))));
        steps.rethrow();
    }

    /** Renames the pipe, so that no further reader can open it. Does nothing if a different pipe has taken the name. */
    private void hide() throws IOException {
        if (isMine(pipe)) {
            Files.move(pipe, removed(), StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private boolean isMine(Path path) throws IOException {
        PipeIdentity mine = identity;
        try {
            return mine != null && PipeIdentity.of(path).isSameFile(mine);
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private Path removed() {
        return PipeNames.removed(directory, channel, index);
    }

    void remove() throws IOException {
        AllSteps steps = new AllSteps(null);
        steps.run(this::hide); // hides the pipe in case report() was not called or has failed
        steps.run(() -> {
            if (isMine(removed())) {
                release(removed());
            }
        });
        ReportFile written = file;
        if (written != null) {
            steps.run(written::close);
        }
        steps.rethrow();
    }

    /**
     * Removes the pipe of a killed writer, but not the report: a reader that has opened the pipe may still have to
     * compare the report with the pipe.
     *
     * @throws IOException if the file is not a pipe
     */
    static void removeLeftOver(Path directory, String channel, long index) throws IOException {
        Path pipe = PipeNames.pipe(directory, channel, index);
        if (!Files.exists(pipe, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Path nameless = PipeNames.removed(directory, channel, index);
        try {
            PathKind.FIFO.requireItself(pipe);
            // after this move, no reader can open the pipe
            Files.move(pipe, nameless, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            return; // another process has already removed the pipe
        }
        release(nameless);
    }

    /** Removes a hidden file of a killed writer: a report, or a pipe that the writer was creating or removing. */
    static void removeHidden(Path file) throws IOException {
        try {
            if (PathKind.FIFO.isItselfAt(file)) {
                release(file);
            } else {
                PathKind.REGULAR.requireItself(file);
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException e) {
            // Another process has removed the file.
        }
    }

    /** Removes a pipe. If a reader still waits for the pipe's writer, the reader then sees the end of the pipe. */
    private static void release(Path nameless) throws IOException {
        AllSteps steps = new AllSteps(null);
        steps.run(() -> PipeSide.touchItself(nameless));
        steps.run(() -> Files.deleteIfExists(nameless));
        steps.rethrow();
    }
}
