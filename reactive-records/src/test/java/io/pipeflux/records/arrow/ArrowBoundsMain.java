package io.pipeflux.records.arrow;

import io.pipeflux.core.suite.HeldMemory;
import io.pipeflux.records.batch.ColumnBatch;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/** Fills the lines of Arrow in the table of bounds in docs/architecture.md, and prints how much memory they took. */
final class ArrowBoundsMain {

    private static final int ROWS = 1024;

    /**
     * For a batch a little less than a whole number of the collector's regions: the rest of a region counts as used.
     */
    private static final int WIDTH = 511;

    private static final int BATCH = ROWS * WIDTH * Double.BYTES;
    private static final int CHUNK = 256 << 10;

    /** The lines, each with its bound in bytes. */
    enum Line {
        ENCODER(BATCH + CHUNK),
        DECODER(BATCH + 2 * CHUNK);

        final long bound;

        Line(long bound) {
            this.bound = bound;
        }
    }

    private ArrowBoundsMain() {}

    public static void main(String[] args) {
        Flux.just(batch(1))
                .transform(ArrowStreams.encode())
                .transform(ArrowStreams.decode())
                .blockLast(); // classes
        switch (Line.valueOf(args[0])) {
            case ENCODER -> encoder();
            case DECODER -> decoder();
        }
        System.exit(0);
    }

    /** Asks for the first chunks of the first batch and no more. */
    private static void encoder() {
        HeldMemory held = new HeldMemory();
        Stalled<ByteBuffer> stalled = new Stalled<>();
        Flux.range(0, 8).map(i -> batch(ROWS)).transform(ArrowStreams.encode()).subscribe(stalled);
        for (int i = 0; i < 8; i++) {
            stalled.request(1);
            held.measure();
        }
        held.print();
    }

    /** Measures with each of the chunks of which a batch is put together, and with the batch. */
    private static void decoder() {
        List<ByteBuffer> stream = Objects.requireNonNull(Flux.just(batch(ROWS), batch(1))
                .transform(ArrowStreams.encode())
                .collectList()
                .block());
        HeldMemory held = new HeldMemory(); // with the stream
        Stalled<ColumnBatch> stalled = new Stalled<>() {
            @Override
            protected void hookOnNext(ColumnBatch batch) {
                held.measure();
            }
        };
        Flux.fromIterable(stream)
                .map(chunk -> {
                    held.measure();
                    return ByteBuffer.allocate(chunk.remaining())
                            .put(chunk.duplicate())
                            .flip();
                })
                .transform(ArrowStreams.decode())
                .subscribe(stalled);
        stalled.request(1);
        held.print();
    }

    private static ColumnBatch batch(int rows) {
        return TestBatches.dense(rows, WIDTH, 1);
    }

    private static class Stalled<T> extends BaseSubscriber<T> {

        @Override
        protected void hookOnSubscribe(Subscription subscription) {}
    }
}
