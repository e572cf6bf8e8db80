package io.pipeflux.core.pipe;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.scheduler.Schedulers;

/**
 * FIFOs with the JDK alone: opening blocks, and is released by opening the FIFO in both directions by its name. So the
 * name must not be removed while an end waits, and both permissions are needed; pipes keep their default size.
 */
final class PlainFifos extends Fifos {

    private static final Duration LOOK = Duration.ofMillis(20);

    @Override
    void create(Path fifo) throws IOException {
        Process mkfifo = new ProcessBuilder("mkfifo", fifo.toString())
                .redirectErrorStream(true)
                .start();
        try {
            String said = new String(mkfifo.getInputStream().readAllBytes(), Charset.defaultCharset());
            if (mkfifo.waitFor() != 0) {
                throw new IOException(said.strip());
            }
        } catch (InterruptedException e) {
            mkfifo.destroy();
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("mkfifo " + fifo);
        }
    }

    @Override
    PipeEnd readEnd(Path fifo) {
        return new NamedEnd(fifo, StandardOpenOption.READ);
    }

    @Override
    PipeEnd writeEnd(Path fifo) {
        return new NamedEnd(fifo, StandardOpenOption.WRITE);
    }

    @Override
    @SuppressWarnings("resource") // closing the channel ends the lock
    @Nullable
    Closeable tryLock(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // by this process: as if by another
        }
        channel.close();
        return null;
    }

    private static final class NamedEnd extends PipeEnd {

        private final Path fifo;
        private final OpenOption direction;
        private volatile boolean opening;

        NamedEnd(Path fifo, OpenOption direction) {
            this.fifo = fifo;
            this.direction = direction;
        }

        @Override
        FileChannel open(Deadline deadline, OnPeer onPeer) throws IOException {
            opening = true;
            // opening may be about to block when it is released, so it is released until it has returned
            Disposable watch = Schedulers.boundedElastic()
                    .schedulePeriodically(
                            () -> releaseWhen(deadline), LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
            FileChannel channel;
            try {
                channel = FileChannel.open(fifo, direction);
            } finally {
                opening = false;
                watch.dispose();
            }
            opened(channel);
            if (deadline.hasPassed()) {
                throw new InterruptedIOException("nobody at the other side");
            }
            if (!onPeer.mayOpen()) {
                throw new AsynchronousCloseException();
            }
            return channel;
        }

        private void releaseWhen(Deadline deadline) {
            if (opening && (isClosed() || deadline.hasPassed()) && Files.exists(fifo)) {
                try {
                    touch(fifo);
                } catch (IOException e) {
                    // removed meanwhile, or not ours to write: nothing more can be done
                }
            }
        }

        @Override
        void release() {
            // the watch does
        }
    }
}
