package io.pipeflux.core;

import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.operator.BatchOptions;
import io.pipeflux.core.operator.PipeOperators;
import io.pipeflux.core.operator.WhenOneEnds;
import io.pipeflux.core.pipe.NamedPipes;
import io.pipeflux.core.suite.HeldMemory;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/**
 * Fills one line of the table of bounds in docs/architecture.md, and prints how much memory it took: with small records
 * in large chunks, all of them or only some, because a record keeps the whole chunk in which it arrived.
 */
final class BoundsMain {

    private static final int CHUNK = 256 << 10;
    private static final int PAYLOAD = 200;
    private static final int RECORDS = 20_000;
    private static final int SOURCES = 4;

    /** Sources of a sample or a zip, their chunks, and how many elements of each are queued. */
    private static final int MIXED = 32;

    private static final int MIXED_CHUNK = CHUNK / 4;

    private static final int QUEUED = 8;

    /** What the subscribers of one source take, from its bytes to the mix. */
    private static final int SUBSCRIBERS = 8 << 10;

    /** The most that a record keeps that a filter left in its chunk: twice its payload, and 128 bytes. */
    private static final int RECORD = 2 * PAYLOAD + 128;

    /** The most that it keeps if all records of its chunk are there, or if it was copied out of it. */
    private static final int DENSE_RECORD = PAYLOAD + 128;

    private static final int TWO_CHUNKS = 2 * CHUNK;

    private static final int LARGE_RECORD = 24 << 20;
    /** A little less than a whole number of the collector's regions: the rest of a region counts as used. */
    private static final int LARGE_CHUNK = (8 << 20) - 1024;

    private static final int FILES = 10_000;
    private static final int FILE_NAME = 24;

    private static final byte[] FRAMES = frames(CHUNK);

    /** A length of four bytes, and that many bytes. */
    private static final FrameFormat<RawRecord> FORMAT = FrameFormat.of("frames", () -> in -> {
        if (!in.ensure(Integer.BYTES)) {
            return null;
        }
        int length = ByteBuffer.wrap(in.array()).getInt(in.position());
        return in.ensure(Integer.BYTES + (long) length)
                ? in.record(Integer.BYTES + length, Integer.BYTES, length)
                : null;
    });

    /** The lines, each with its bound in bytes. */
    enum Line {
        PREFETCH(RECORDS * DENSE_RECORD + TWO_CHUNKS),
        PREFETCH_OF_SOME(RECORDS * RECORD + TWO_CHUNKS),
        PREFETCH_OF_FEW(RECORDS * RECORD + TWO_CHUNKS),
        PREFETCH_BYTES_OF_FEW(RECORDS * RECORD + TWO_CHUNKS),
        SHUFFLE(RECORDS / 8 * 9 * DENSE_RECORD + TWO_CHUNKS),
        SHUFFLE_OF_FEW(RECORDS / 8 * 9 * DENSE_RECORD + TWO_CHUNKS),
        INTERLEAVE_OF_FEW(RECORDS * RECORD + SOURCES * TWO_CHUNKS),
        SAMPLE_OF_FEW(MIXED * (QUEUED * RECORD + 2 * MIXED_CHUNK + SUBSCRIBERS)),
        ZIP_OF_FEW(MIXED * (QUEUED * RECORD + 2 * MIXED_CHUNK + SUBSCRIBERS)),
        MAP_AND_BATCH(RECORDS * DENSE_RECORD + TWO_CHUNKS),
        MAP_AND_BATCH_OF_FEW(RECORDS * RECORD + TWO_CHUNKS),
        ONE_BATCH_OF_FEW(RECORDS * RECORD + TWO_CHUNKS),
        DECODER(2 * LARGE_RECORD + LARGE_CHUNK),
        DIRECTORY(FILES * (FILE_NAME + 80) + CHUNK),
        PIPE_WRITER(2 * LARGE_CHUNK + CHUNK);

        final long bound;

        Line(long bound) {
            this.bound = bound;
        }
    }

    private HeldMemory held = new HeldMemory();

    private BoundsMain() {}

    public static void main(String[] args) throws Exception {
        // loads classes
        few(1, 100)
                .transform(PipeOperators.shuffle(10, 1))
                .transform(PipeOperators.prefetch(10))
                .blockLast();
        Flux.just(few(1, 100))
                .transform(PipeOperators.sample(WhenOneEnds.STOP, 1, 1))
                .blockLast();
        Flux.just(few(1, 100)).transform(PipeOperators.zip(WhenOneEnds.STOP)).blockLast();
        BoundsMain bounds = new BoundsMain();
        bounds.fill(Line.valueOf(args[0]), Path.of(args[1]));
        bounds.held.print();
        System.exit(0);
    }

    private void fill(Line line, Path directory) throws Exception {
        switch (line) {
            case PREFETCH -> prefetch(few(1, 2 * RECORDS));
            case PREFETCH_OF_SOME -> prefetch(few(3, 6 * RECORDS));
            case PREFETCH_OF_FEW -> prefetch(few(100, 200 * RECORDS));
            case PREFETCH_BYTES_OF_FEW ->
                filled(
                        few(100, 200 * RECORDS),
                        PipeOperators.prefetchBytes((long) RECORDS * PAYLOAD, 2 * RECORDS, Schedulers.immediate()),
                        1);
            case SHUFFLE -> shuffle(few(1, 2 * RECORDS));
            case SHUFFLE_OF_FEW -> shuffle(few(100, 225 * RECORDS));
            case INTERLEAVE_OF_FEW -> interleave();
            case SAMPLE_OF_FEW -> {
                double[] weights = new double[MIXED];
                Arrays.fill(weights, 1);
                mixed(PipeOperators.sample(WhenOneEnds.CONTINUE, 1, weights));
            }
            case ZIP_OF_FEW -> mixed(PipeOperators.zip(WhenOneEnds.FAIL));
            case MAP_AND_BATCH -> mapAndBatch(few(1, 2 * RECORDS));
            case MAP_AND_BATCH_OF_FEW -> mapAndBatch(few(100, 200 * RECORDS));
            case ONE_BATCH_OF_FEW ->
                filled(
                        few(100, 100 * RECORDS).concatWith(Flux.never()),
                        PipeOperators.mapAndBatch(2 * RECORDS, 0, Function.identity()),
                        1);
            case DECODER -> decoder();
            case DIRECTORY -> directory(directory);
            case PIPE_WRITER -> pipeWriter(directory);
        }
    }

    private void prefetch(Flux<RawRecord> records) {
        filled(records, PipeOperators.prefetch(RECORDS, Schedulers.immediate()), 1);
    }

    private void shuffle(Flux<RawRecord> records) {
        filled(records, PipeOperators.shuffle(RECORDS, 1), RECORDS - 1);
    }

    private void mapAndBatch(Flux<RawRecord> records) {
        BatchOptions options = BatchOptions.of(64, 2)
                .lookAheadRows(2 * RECORDS)
                .lookAheadBytes((long) RECORDS * PAYLOAD)
                .scheduler(Schedulers.immediate());
        filled(records, PipeOperators.mapAndBatch(options, Function.identity()), 1);
    }

    private void interleave() {
        Flux<Flux<RawRecord>> sources = Flux.range(0, SOURCES).map(i -> few(100, 100 * RECORDS));
        filled(sources, PipeOperators.interleave(SOURCES, RECORDS / SOURCES), 1);
    }

    /**
     * Each record of a source arrives in another chunk. The chunks are small, since the rest of a region counts as
     * used.
     */
    private <R> void mixed(Function<Flux<Flux<RawRecord>>, Flux<R>> mix) {
        byte[] frames = frames(MIXED_CHUNK);
        int oneOf = MIXED_CHUNK / PAYLOAD;
        filled(Flux.range(0, MIXED).map(i -> few(frames, oneOf, 4 * QUEUED * oneOf)), mix, 1);
    }

    /** Records in large chunks, of which a filter keeps one of so many. */
    private static Flux<RawRecord> few(int oneOf, int records) {
        return few(FRAMES, oneOf, records);
    }

    private static Flux<RawRecord> few(byte[] frames, int oneOf, int records) {
        return Flux.range(0, records / (frames.length / (Integer.BYTES + PAYLOAD)) + 1)
                .map(i -> ByteBuffer.wrap(frames.clone()))
                .transform(FORMAT.decode())
                .filter(record -> record.ordinal() % oneOf == 0);
    }

    /** A chunk of whole records, except for the last one. */
    private static byte[] frames(int chunk) {
        ByteBuffer frames = ByteBuffer.allocate(chunk / (Integer.BYTES + PAYLOAD) * (Integer.BYTES + PAYLOAD));
        while (frames.hasRemaining()) {
            frames.putInt(PAYLOAD).position(frames.position() + PAYLOAD);
        }
        return frames.array();
    }

    /** Requests so many elements, which are not kept, and no more; measures from time to time. */
    private <T, R> void filled(Flux<T> source, Function<Flux<T>, Flux<R>> operator, int requested) {
        Stalled<R> stalled = new Stalled<>();
        source.transform(operator).subscribe(stalled);
        int step = Math.max(1, requested / 4);
        for (int i = 0; i < requested; i += step) {
            stalled.request(Math.min(step, requested - i));
            held.measure();
        }
        stalled.cancel();
    }

    private static final class Stalled<T> extends BaseSubscriber<T> {

        @Override
        protected void hookOnSubscribe(Subscription subscription) {}
    }

    /** One record that spans chunks: the heap shows whether there was room for putting it together. */
    private void decoder() {
        Flux<ByteBuffer> chunks = Flux.range(0, LARGE_RECORD / LARGE_CHUNK + 1).map(i -> {
            ByteBuffer chunk = ByteBuffer.allocate(LARGE_CHUNK);
            held.measure();
            return i == 0 ? chunk.putInt(0, LARGE_RECORD) : chunk;
        });
        chunks.transform(FORMAT.decode())
                .doOnNext(record -> held.measure())
                .take(1)
                .blockLast();
    }

    private void directory(Path directory) throws IOException {
        for (int i : IntStream.range(0, FILES).toArray()) {
            Files.createFile(directory.resolve(String.format(Locale.ROOT, "%0" + FILE_NAME + "d", i)));
        }
        try (RandomAccessFile first =
                new RandomAccessFile(directory.resolve("0").toFile(), "rw")) {
            first.setLength(1 << 20);
        }
        held = new HeldMemory(); // without what making the files took
        CountDownLatch chunk = new CountDownLatch(1);
        ByteBuffer[] last = new ByteBuffer[1];
        Stalled<ByteBuffer> stalled = new Stalled<>();
        DirectoryChannel.of(directory)
                .bytes()
                .doOnNext(next -> {
                    last[0] = next;
                    chunk.countDown();
                })
                .subscribe(stalled);
        stalled.request(1);
        await(chunk);
        held.measure();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void pipeWriter(Path directory) {
        Path fifo = directory.resolve("fifo");
        NamedPipes.create(fifo);
        NamedPipes.write(fifo, Flux.just(ByteBuffer.allocate(CHUNK))).subscribe(); // loads classes
        NamedPipes.read(fifo).blockLast();
        held = new HeldMemory();
        AtomicLong made = new AtomicLong();
        NamedPipes.write(fifo, Flux.range(0, 100).map(i -> {
                    made.incrementAndGet();
                    return ByteBuffer.allocate(LARGE_CHUNK);
                }))
                .subscribe();
        Stalled<ByteBuffer> stalled = new Stalled<>();
        NamedPipes.read(fifo).subscribe(stalled);
        stalled.request(1);
        Flux.interval(Duration.ofMillis(10)).takeUntil(i -> made.get() >= 2).blockLast();
        held.measure();
    }
}
