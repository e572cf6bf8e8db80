package io.pipeflux.core.pipe;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.FileAccess;
import io.pipeflux.core.internal.Missing;
import io.pipeflux.core.internal.ProcessLock;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the index of the next pipe in a directory that several processes share. It uses the two files of
 * PipeModeDataset, and a third file with which a process claims the next pipe:
 *
 * <pre>
 *   .train-pipe_mode-state    the index, as a decimal number; replaced atomically
 *   .train-pipe_mode-lock     locked (flock) while the state is read or written
 *   .train-pipe_mode-claim    locked by the process that waits for the next pipe; PipeModeDataset has no such file.
 *                             If that process is killed, the kernel releases the lock
 * </pre>
 *
 * <p>Only the owner of these files may use them, so all processes that share them must run as the same user.
 */
final class SharedEpochState implements EpochState {

    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final long LOOK_NANOS = 1_000_000;
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

    private final Path directory;
    private final String channel;
    private @Nullable ProcessLock claim;

    SharedEpochState(Path directory, String channel) {
        this.directory = directory;
        this.channel = channel;
    }

    @Override
    public synchronized long claim() throws IOException {
        FileAccess.OWNER.createDirectories(directory);
        ProcessLock taken = ProcessLock.tryTake(file("claim"));
        if (taken == null) {
            return HELD;
        }
        claim = taken;
        long index = HELD;
        try (Closeable lock = FifoSystem.ofThisMachine().tryLock(file("lock"))) {
            index = lock == null ? HELD : read(file("state"));
            return index;
        } finally {
            if (index == HELD) {
                release();
            }
        }
    }

    @Override
    public synchronized void use(long index) throws IOException {
        Path state = file("state");
        Path whole = state.resolveSibling(state.getFileName() + ".tmp");
        Closeable lock = lock();
        try {
            requireClaim();
            Files.deleteIfExists(whole);
            // this fails if a link or a pipe with this name exists, so nothing is written through a link or into a pipe
            FileAccess.createFile(whole);
            Files.writeString(whole, Long.toString(index + 1), StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
            Files.move(whole, state, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            lock.close();
            release();
        }
    }

    /**
     * Fails if another process may have claimed the pipe in the meantime. Without this check, both processes could read
     * the same epoch.
     */
    private void requireClaim() throws IOException {
        Path file = file("claim");
        if (claim != null && !claim.isAt(file)) {
            throw CoreAccess.exception(
                    PipeException.class,
                    ErrorKind.EPOCH_STATE,
                    "expected the lock file " + file + " that this process locked, but it was removed or replaced:"
                            + " another process may read the same epoch. Leave the files of the state directory alone,"
                            + " and start again",
                    null,
                    null,
                    null);
        }
    }

    @Override
    public synchronized void release() {
        ProcessLock taken = claim;
        claim = null;
        if (taken != null) {
            try {
                taken.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private Path file(String what) throws IOException {
        return directory.toRealPath().resolve("." + channel + "-pipe_mode-" + what);
    }

    private static long read(Path state) throws IOException {
        String text;
        try {
            text = Files.readString(state).strip();
        } catch (NoSuchFileException e) {
            Missing.prove(state, e);
            return 0;
        }
        if (!NUMBER.matcher(text).matches()) {
            throw CoreAccess.exception(
                    PipeException.class,
                    ErrorKind.EPOCH_STATE,
                    "expected the index of the next pipe in " + state + ", but got \"" + text + "\"",
                    null,
                    null,
                    null);
        }
        return Long.parseLong(text);
    }

    /**
     * Waits for the lock, for at most {@link #PATIENCE}. This is long enough, because other processes hold the lock
     * only while they read or write the index.
     */
    private Closeable lock() throws IOException {
        Path file = file("lock");
        Deadline deadline = Deadline.after(PATIENCE);
        while (true) {
            Closeable lock = FifoSystem.ofThisMachine().tryLock(file);
            if (lock != null) {
                return lock;
            }
            if (deadline.hasPassed()) {
                throw new IOException(file + " has been locked by another process for " + PATIENCE.toSeconds() + " s");
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }
}
