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
 * Pipes for tests: a temporary directory, FIFOs in it that are fed from a {@code Publisher}, with faults where asked
 * for, and counts of what a pipeline under test has left open. For {@code StepVerifier} or whatever else; needs no test
 * library.
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
 * }   // fails if a descriptor or a pipe's thread is left
 * }</pre>
 *
 * <p>Feeding happens on threads of its own, at the reader's pace. All counts are of this process, and threads of all
 * pipes: tests that use them do not run beside other tests of pipes in one JVM.
 */
public final class PipeHarness implements AutoCloseable {

    private final Path directory;
    private final Disposable.Composite feeds = Disposables.composite();
    private final List<PipeException> failures = new CopyOnWriteArrayList<>();

    private PipeHarness(Path directory) {
        this.directory = directory;
    }

    /** What goes wrong with a fed pipe. Faults add up, in the order given. */
    public static final class Fault {

        private final Duration late;
        private final UnaryOperator<Flux<ByteBuffer>> bytes;

        private Fault(Duration late, UnaryOperator<Flux<ByteBuffer>> bytes) {
            this.late = late;
            this.bytes = bytes;
        }

        /** The pipe is made so much later; without this fault it is there when {@code feed} returns. */
        public static Fault late(Duration delay) {
            return new Fault(Objects.requireNonNull(delay, "delay"), bytes -> bytes);
        }

        /** So long a pause before each chunk. */
        public static Fault slow(Duration pause) {
            return new Fault(
                    Duration.ZERO,
                    bytes -> bytes.concatMap(chunk -> Mono.delay(pause).thenReturn(chunk), 0));
        }

        /**
         * The pipe is closed after so many bytes, in the middle of a chunk if need be, as by a writer that was killed.
         *
         * @param count not negative
         */
        public static Fault truncated(long count) {
            if (count < 0) {
                throw new IllegalArgumentException("count >= 0 required but it was " + count);
            }
            return new Fault(Duration.ZERO, bytes -> count == 0 ? Flux.empty() : truncate(bytes, count));
        }

        /** The writer opens the pipe and closes it before the first byte. */
        public static Fault closedEarly() {
            return truncated(0);
        }

        /** The writer stays, and after so many bytes writes no more. */
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

    /** A harness with a temporary directory of its own. */
    public static PipeHarness create() {
        try {
            return new PipeHarness(Files.createTempDirectory("pipes").toRealPath());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the pipes are. */
    public Path directory() {
        return directory;
    }

    /** The path of a pipe, which may not be there yet. */
    public Path path(String pipe) {
        return directory.resolve(pipe);
    }

    /**
     * Makes a FIFO, waits for a reader, subscribes to the bytes and writes them, and closes the FIFO; all but the
     * making goes on when this has returned. An error of the bytes closes the FIFO, too; a reader that leaves cancels
     * the bytes.
     *
     * @param pipe its name, such as {@code train_0}
     * @param bytes duplicates of the chunks are written: the same may be fed again
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
        if (t instanceof PipeException e) { // another is one of the test's own bytes
            failures.add(e);
        }
    }

    /**
     * Makes a FIFO for a writer under test, and reads it.
     *
     * @param atMost the reader leaves early, after so many bytes or a few more; {@code Long.MAX_VALUE} to read to the
     *     end
     * @return what was read; reading has begun already, and a subscription waits for its end
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

    /** The files below the directory that this process has open, one entry per descriptor. */
    public List<String> openDescriptors() {
        return OpenResources.descriptorsBelow(directory);
    }

    /** The names of the live threads that pipes run on, the harness's own included. */
    public List<String> threads() {
        return OpenResources.pipeThreads();
    }

    /**
     * Waits until no descriptor below the directory and no thread of a pipe is left, half a minute at most.
     *
     * @throws AssertionError if some are
     */
    public void awaitNothingOpen() {
        OpenResources.awaitNoneLeft(directory);
    }

    /**
     * Stops feeding, waits until nothing is open, and removes the directory.
     *
     * @throws AssertionError if something is still open, or if a pipe could not be fed
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
