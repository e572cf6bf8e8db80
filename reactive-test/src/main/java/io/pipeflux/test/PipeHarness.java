package io.pipeflux.test;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.pipe.NamedPipes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Creates pipes for tests. A harness has a temporary directory of FIFOs that are fed from a {@code Publisher},
 * optionally with faults. It detects file descriptors that a pipeline under test has not closed, and threads that have
 * not ended. It can be used with {@code StepVerifier}, and needs no test library.
 *
 * <pre>{@code
 * try (PipeHarness pipes = PipeHarness.create()) {
 *     pipes.feed("train_0", Flux.just(first, second));
 *     pipes.feed("train_1", Flux.just(first, second), Fault.late(Duration.ofMillis(50)), Fault.truncated(10));
 *     PipeChannels channels = PipeChannels.create(PipeOptions.directory(pipes.directory()));
 *
 *     StepVerifier.create(channels.channel("train").transform(MyFormat.decode()))
 *             .expectNextCount(2)
 *             .verifyComplete();
 *     StepVerifier.create(channels.channel("train").transform(MyFormat.decode()))
 *             .verifyError(TruncatedInputException.class);
 * }   // fails if a file descriptor is still open or a pipe's thread is still alive
 * }</pre>
 *
 * <p>Pipes are fed on the harness's own threads, at the reader's pace. Threads are counted in the whole process, so do
 * not run other tests of pipes in the same JVM at the same time.
 */
public final class PipeHarness implements AutoCloseable {

    private final Path directory;
    private final Disposable.Composite feeds = Disposables.composite();
    private final List<PipeException> failures = new CopyOnWriteArrayList<>();

    private PipeHarness(Path directory) {
        this.directory = directory;
    }

    /** A fault in the way a pipe is fed. If a pipe has several faults, they are combined in the given order. */
    public static final class Fault {

        private final Duration late;
        private final UnaryOperator<Flux<ByteBuffer>> bytes;

        private Fault(Duration late, UnaryOperator<Flux<ByteBuffer>> bytes) {
            this.late = late;
            this.bytes = bytes;
        }

        /**
         * Returns a fault that creates the pipe after a delay. Without this fault, the pipe exists when {@code feed}
         * returns.
         */
        public static Fault late(Duration delay) {
            return new Fault(Objects.requireNonNull(delay, "delay"), bytes -> bytes);
        }

        /** Returns a fault that pauses before each chunk. */
        public static Fault slow(Duration pause) {
            return new Fault(
                    Duration.ZERO,
                    bytes -> bytes.concatMap(chunk -> Mono.delay(pause).thenReturn(chunk), 0));
        }

        /**
         * Returns a fault that closes the pipe after a number of bytes, even in the middle of a chunk, as if the writer
         * had been killed.
         *
         * @param count the number of bytes, not negative
         */
        public static Fault truncated(long count) {
            if (count < 0) {
                throw new IllegalArgumentException("count: expected at least 0, but got " + count);
            }
            return new Fault(Duration.ZERO, bytes -> count == 0 ? Flux.empty() : truncate(bytes, count));
        }

        /** Returns a fault that opens the pipe, and closes it before the first byte. */
        public static Fault closedEarly() {
            return truncated(0);
        }

        /**
         * Returns a fault that stops writing after a number of bytes, but keeps the pipe open.
         *
         * @param count the number of bytes, not negative
         */
        public static Fault silentAfter(long count) {
            Fault truncated = truncated(count);
            return new Fault(
                    Duration.ZERO, bytes -> truncated.bytes.apply(bytes).concatWith(Flux.never()));
        }

        private static Flux<ByteBuffer> truncate(Flux<ByteBuffer> bytes, long count) {
            return Flux.defer(() -> {
                AtomicLong left = new AtomicLong(count);
                return bytes.map(chunk -> {
                            ByteBuffer kept = chunk.duplicate();
                            int length = (int) Math.min(kept.remaining(), left.get());
                            left.addAndGet(-length);
                            return kept.limit(kept.position() + length);
                        })
                        .takeUntil(chunk -> left.get() == 0);
            });
        }
    }

    /** Creates a harness with a new temporary directory. */
    public static PipeHarness create() {
        try {
            return new PipeHarness(Files.createTempDirectory("pipes").toRealPath());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the directory of the pipes. */
    public Path directory() {
        return directory;
    }

    /** Returns the path of a pipe, which need not exist yet. */
    public Path path(String pipe) {
        return directory.resolve(pipe);
    }

    /**
     * Creates a FIFO and feeds it in the background. The feed waits for a reader, subscribes to the bytes, writes them,
     * and closes the FIFO. If the publisher of the bytes fails, the feed also closes the FIFO. If the reader closes the
     * FIFO, the subscription to the bytes is cancelled.
     *
     * @param pipe the name of the pipe, such as {@code train_0}
     * @param bytes the bytes to write. Feeding does not change the chunks, so they can be fed again
     * @param faults the faults of this pipe
     * @return the path of the FIFO
     */
    public Path feed(String pipe, Publisher<ByteBuffer> bytes, Fault... faults) {
        Path path = path(pipe);
        Duration late = Duration.ZERO;
        Flux<ByteBuffer> faulty = Flux.from(bytes).map(ByteBuffer::duplicate);
        for (Fault fault : faults) {
            late = late.plus(fault.late);
            faulty = fault.bytes.apply(faulty);
        }
        Mono<?> writing = NamedPipes.write(path, faulty);
        if (late.isZero()) {
            NamedPipes.create(path);
        } else {
            writing = Mono.delay(late, Schedulers.boundedElastic())
                    .doOnNext(tick -> NamedPipes.create(path))
                    .then(writing);
        }
        feeds.add(writing.subscribe(end -> {}, this::failed));
        return path;
    }

    private void failed(Throwable t) {
        // any other error is from the publisher of the bytes, so the test expects this error
        if (t instanceof PipeException e) {
            failures.add(e);
        }
    }

    /**
     * Creates a FIFO for a writer under test, and begins to read it.
     *
     * @param pipe the name of the pipe
     * @param atMost the number of bytes after which the reader closes the pipe. The reader first finishes the current
     *     chunk. With {@code Long.MAX_VALUE}, it reads to the end
     * @return the bytes that were read, emitted when the reader has ended
     */
    public Mono<byte[]> drain(String pipe, long atMost) {
        Path path = path(pipe);
        NamedPipes.create(path);
        Mono<byte[]> reading = Flux.defer(() -> {
                    AtomicLong read = new AtomicLong();
                    return NamedPipes.read(path).takeUntil(chunk -> read.addAndGet(chunk.remaining()) >= atMost);
                })
                .collect(ByteArrayOutputStream::new, (all, chunk) -> all.writeBytes(bytes(chunk)))
                .map(ByteArrayOutputStream::toByteArray)
                .cache();
        feeds.add(reading.subscribe(all -> {}, this::failed));
        return reading;
    }

    private static byte[] bytes(ByteBuffer chunk) {
        byte[] bytes = new byte[chunk.remaining()];
        chunk.duplicate().get(bytes);
        return bytes;
    }

    /** Returns the harness's files that this process has open. A file occurs once for each of its open descriptors. */
    public List<String> openDescriptors() {
        return OpenResources.descriptorsBelow(directory);
    }

    /** Returns the names of all live threads that serve pipes, including the harness's own threads. */
    public List<String> threads() {
        return OpenResources.pipeThreads();
    }

    /**
     * Waits for up to 30 seconds until no file in the directory is open and no thread of a pipe is alive.
     *
     * @throws AssertionError if a file is still open, or a thread is still alive, after this time
     */
    public void awaitNothingOpen() {
        OpenResources.awaitNoneLeft(directory);
    }

    /**
     * Stops feeding the pipes, calls {@link #awaitNothingOpen}, and deletes the directory.
     *
     * @throws AssertionError if a file is still open or a thread is still alive after 30 seconds, or if a pipe could
     *     not be fed
     */
    @Override
    public void close() {
        feeds.dispose();
        try {
            awaitNothingOpen();
        } finally {
            remove();
        }
        if (!failures.isEmpty()) {
            throw new AssertionError("a pipe could not be fed: " + failures, failures.get(0));
        }
    }

    private void remove() {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
