package io.pipeflux.benchmarks;

import static io.pipeflux.core.operator.PipeOperators.prefetch;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.text.TextLines;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Compares {@code prefetch} with {@link Flux#publishOn}. The consumer does nothing with the elements. The results are
 * the nanoseconds per element and, from {@link ProcessorTime}, the CPU time per element.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 7, time = 1)
public class PrefetchBenchmark {

    static final int ELEMENTS = 1 << 17;

    private static final int LINE = 256;
    private static final int PER_CHUNK = 512;
    private static final byte[] CHUNK = chunk();

    /** The number of elements to prefetch. */
    @Param({"10", "256"})
    public int ahead = 256;

    private final Scheduler reader = Schedulers.newSingle("reader", true);

    private static byte[] chunk() {
        byte[] chunk = new byte[PER_CHUNK * LINE];
        for (int i = 0; i < PER_CHUNK; i++) {
            chunk[(i + 1) * LINE - 1] = '\n';
        }
        return chunk;
    }

    private static void drain(Flux<?> flux, Blackhole sink, ProcessorTime time) {
        flux.doOnNext(sink::consume).blockLast();
        time.counted(ELEMENTS);
    }

    /** Returns a source that, like a decoder, does not support fusion. */
    private static Flux<Integer> numbers() {
        return Flux.range(0, ELEMENTS).hide();
    }

    private static Flux<ByteBuffer> chunks() {
        return Flux.range(0, ELEMENTS / PER_CHUNK).map(i -> ByteBuffer.wrap(CHUNK.clone()));
    }

    private static Flux<RawRecord> records() {
        return chunks().transform(TextLines.decode());
    }

    /** Returns records that are decoded on a separate thread, as the records of a pipe are. */
    private Flux<RawRecord> recordsOfAThread() {
        return chunks().subscribeOn(reader).transform(TextLines.decode());
    }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void numbersPrefetch(Blackhole sink, ProcessorTime time) {
        drain(numbers().transform(prefetch(ahead)), sink, time);
    }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void numbersPublishOn(Blackhole sink, ProcessorTime time) {
        drain(numbers().publishOn(Schedulers.parallel(), ahead), sink, time);
    }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void recordsPrefetch(Blackhole sink, ProcessorTime time) {
        drain(records().transform(prefetch(ahead)), sink, time);
    }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void recordsPublishOn(Blackhole sink, ProcessorTime time) {
        drain(records().publishOn(Schedulers.parallel(), ahead), sink, time);
    }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void threadPrefetch(Blackhole sink, ProcessorTime time) {
        drain(recordsOfAThread().transform(prefetch(ahead)), sink, time);
    }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void threadPublishOn(Blackhole sink, ProcessorTime time) {
        drain(recordsOfAThread().publishOn(Schedulers.parallel(), ahead), sink, time);
    }
}
