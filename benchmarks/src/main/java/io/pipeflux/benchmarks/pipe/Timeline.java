package io.pipeflux.benchmarks.pipe;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.repeat;

import io.pipeflux.benchmarks.pipe.Spans.Work;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.pipe.NamedPipes;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collector;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Draws what the reader, the workers and a busy consumer of the README's pipeline do during a few milliseconds. The
 * pipeline reads the data set {@code seed} from a FIFO.
 *
 * <pre>
 *   ./mvnw -q -Ppeers -Dpeers.main=Timeline -Dpeers.arguments=--svg=docs/timeline.svg
 * </pre>
 */
@Command(name = "Timeline", description = "Draws what reader, workers and consumer do.")
final class Timeline implements Callable<Integer> {

    private static final int WARM_UP = 5;
    private static final String SET = "seed";

    @Option(names = "--directory", required = true, description = "for the data and the FIFO; in memory is best")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path directory;

    @Option(names = "--svg", description = "what to write; by default beside the data")
    private @Nullable Path svg;

    @Option(names = "--png", description = "a PNG beside it, too")
    private boolean png;

    @Option(names = "--micros", defaultValue = "200", description = "how long the consumer is busy, ${DEFAULT-VALUE}")
    private int micros;

    @Option(names = "--millis", defaultValue = "4", description = "how much is drawn, ${DEFAULT-VALUE}")
    private int millis;

    @Option(names = "--bytes", defaultValue = "150000000", description = "of the set's file, ${DEFAULT-VALUE}")
    private long bytes;

    /** Runs the program. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Timeline()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Files.createDirectories(directory);
        Path file = PipelineSets.write(directory, SET, bytes);
        Path pipe = directory.resolve("pipe_timeline_" + System.nanoTime());
        Spans spans = new Spans();
        try (BigFifo fifo = BigFifo.at(pipe)) {
            for (int i = 0; i <= WARM_UP; i++) {
                spans = new Spans();
                Process feeder = new ProcessBuilder("cat", file.toString())
                        .redirectOutput(new File(fifo.path().toString()))
                        .start();
                read(pipe, spans);
                feeder.waitFor();
            }
        } finally {
            Files.deleteIfExists(pipe);
            Files.delete(file);
        }
        TimelinePicture.draw(spans.all(), millis, micros, svg == null ? directory.resolve("timeline.svg") : svg, png);
        return 0;
    }

    private void read(Path pipe, Spans spans) {
        Collector<RawRecord, ?, ColumnBatch> schema = OurPipeline.schema(SET);
        NamedPipes.read(pipe)
                .transform(chunks -> timed(chunks, spans))
                .transform(TfRecords.decode())
                .transform(repeat(1))
                .transform(prefetch(10))
                .transform(mapAndBatch(PipelineSets.BATCH, 2, timed(schema, spans)))
                .doOnNext(batch -> {
                    long begin = System.nanoTime();
                    OurBatches.beBusy(1000L * micros);
                    spans.add(Work.CONSUME, begin);
                })
                .blockLast();
    }

    /**
     * Records how long the reading thread waits for each chunk, and how long it then spends in downstream operators.
     */
    private static Flux<ByteBuffer> timed(Flux<ByteBuffer> chunks, Spans spans) {
        return chunks.transform(
                Operators.<ByteBuffer, ByteBuffer>liftPublisher((publisher, actual) -> new TimedChunks(actual, spans)));
    }

    /** A batch that is being collected. */
    private static final class Begun<A> {

        private final A rows;
        private long begin; // 0 before the first row

        Begun(A rows) {
            this.rows = rows;
        }
    }

    /** Records how long a thread takes to make a batch, beginning with the batch's first row. */
    private static <A> Collector<RawRecord, ?, ColumnBatch> timed(
            Collector<RawRecord, A, ColumnBatch> schema, Spans spans) {
        Supplier<A> supplier = schema.supplier();
        BiConsumer<A, RawRecord> accumulator = schema.accumulator();
        BinaryOperator<A> combiner = schema.combiner();
        Function<A, ColumnBatch> finisher = schema.finisher();
        return Collector.of(
                () -> new Begun<>(supplier.get()),
                (begun, row) -> {
                    if (begun.begin == 0) {
                        begun.begin = System.nanoTime();
                    }
                    accumulator.accept(begun.rows, row);
                },
                (a, b) -> new Begun<>(combiner.apply(a.rows, b.rows)),
                begun -> {
                    ColumnBatch batch = finisher.apply(begun.rows);
                    spans.add(Work.MAKE, begun.begin);
                    return batch;
                });
    }

    /** Passes chunks on, and records how long the pipeline waited for each chunk. */
    private static final class TimedChunks implements CoreSubscriber<ByteBuffer>, Subscription {

        private final CoreSubscriber<? super ByteBuffer> actual;
        private final Spans spans;
        private final AtomicLong requested = new AtomicLong();
        private volatile long wanted; // the time at which the pipeline began to wait for the next chunk
        private @Nullable Subscription source;

        TimedChunks(CoreSubscriber<? super ByteBuffer> actual, Spans spans) {
            this.actual = actual;
            this.spans = spans;
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            source = subscription;
            actual.onSubscribe(this);
        }

        @Override
        public void request(long n) {
            if (requested.getAndAccumulate(n, Operators::addCap) == 0) {
                wanted = System.nanoTime();
            }
            Objects.requireNonNull(source).request(n);
        }

        @Override
        public void cancel() {
            Objects.requireNonNull(source).cancel();
        }

        @Override
        public void onNext(ByteBuffer chunk) {
            spans.add(Work.READ, wanted);
            requested.decrementAndGet();
            long begin = System.nanoTime();
            actual.onNext(chunk);
            spans.add(Work.CUT, begin);
            if (requested.get() > 0) {
                wanted = System.nanoTime();
            }
        }

        @Override
        public void onError(Throwable error) {
            actual.onError(error);
        }

        @Override
        public void onComplete() {
            actual.onComplete();
        }
    }
}
