package io.pipeflux.core.pipe;

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
 * A pipe that a writer makes and removes, and its report. No reader can open the pipe before the report exists, and
 * none can open it any more when the report has an end:
 *
 * <pre>
 *   make:    .train_0.new is made, and identified
 *            .train_0.end is written, "not ended"          with its final length: a full disk is found here
 *            .train_0.new becomes train_0                  from here on readers open it
 *   report:  train_0 becomes .train_0.old                  from here on no more
 *            .train_0.end is updated in place, "ended"
 *   (the pipe is closed)
 *   remove:  .train_0.old is opened for a moment, so that a reader that waits in it goes on to its end; then removed
 * </pre>
 *
 * <p>The report of the last epoch but one is removed when the pipe is made: by then nobody looks for it.
 */
final class WrittenPipe {

    /** A reader may open a pipe's report while the next pipe exists already. */
    private static final int REPORTS_KEPT = 2;

    /** The longest that Linux's clock of file times takes to move on: at 100 Hz. */
    private static final long TICK_NANOS = 10_000_000;

    private final Path directory;
    private final String channel;
    private final long index;
    private final @Nullable String content;
    private final LongSupplier objects;
    private final Path pipe;

    private @Nullable PipeIdentity identity; // once the pipe was made
    private @Nullable PipeReport report;
    private @Nullable ReportFile file;

    /**
     * Describes a pipe that is made later.
     *
     * @param content the name of the channel's content in the report
     * @param objects returns the number of objects written so far
     */
    WrittenPipe(Path directory, String channel, long index, @Nullable String content, LongSupplier objects) {
        this.directory = directory;
        this.channel = channel;
        this.index = index;
        this.content = content;
        this.objects = objects;
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

    /** Puts a FIFO into its place, after its report. */
    private void put(Path made) throws IOException {
        Path reportPath = PipeNames.endFile(directory, channel, index);
        PipeIdentity fifo = PipeIdentity.of(made);
        PipeReport begun = PipeReport.begun(UUID.randomUUID().toString(), fifo, content);
        ReportFile written = ReportFile.create(reportPath, begun);
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

    /** Bytes that were written within the tick in which the pipe was made would not show in its times. */
    private static void awaitTick() {
        long begun = System.nanoTime();
        for (long left = TICK_NANOS; left > 0; left = TICK_NANOS - (System.nanoTime() - begun)) {
            LockSupport.parkNanos(left);
        }
    }

    /**
     * Reports the end of the pipe, before it is closed.
     *
     * @param error what ended it before its end, or null
     */
    void report(long bytes, @Nullable String error) throws IOException {
        ReportFile written = file;
        PipeReport begun = report;
        if (written == null || begun == null) {
            return; // nobody has seen the pipe
        }
        AllSteps steps = new AllSteps(null);
        steps.run(this::hide);
        steps.run(() -> written.update(begun.ended(new PipeReport.End(bytes, objects.getAsLong(), error))));
        steps.rethrow();
    }

    /** Hides the pipe from new readers. If its name belongs to another pipe by now, that one is left alone. */
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
        steps.run(this::hide); // where it could not be reported
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
     * Removes a pipe whose writer was killed. Its report stays: a reader that waits in the pipe compares the two.
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
            Files.move(pipe, nameless, StandardCopyOption.ATOMIC_MOVE); // nobody opens it any more
        } catch (NoSuchFileException e) {
            return; // removed by somebody else
        }
        release(nameless);
    }

    /** Removes a hidden file of a writer that was killed: a pipe that was being made or removed, or a report. */
    static void removeHidden(Path file) throws IOException {
        try {
            if (PathKind.FIFO.isItselfAt(file)) {
                release(file);
            } else {
                PathKind.REGULAR.requireItself(file);
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException e) {
            // removed by somebody else
        }
    }

    /** Releases a reader that waits in the pipe for a writer: it reads to the end. */
    private static void release(Path nameless) throws IOException {
        AllSteps steps = new AllSteps(null);
        steps.run(() -> PipeSide.touchItself(nameless));
        steps.run(() -> Files.deleteIfExists(nameless));
        steps.rethrow();
    }
}
