package io.pipeflux.benchmarks;

import static io.pipeflux.core.operator.PipeOperators.interleave;
import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetchBytes;
import static io.pipeflux.core.operator.PipeOperators.repeat;
import static io.pipeflux.core.operator.PipeOperators.shard;
import static io.pipeflux.core.operator.PipeOperators.shuffle;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.operator.PipeOperators;
import io.pipeflux.records.text.TextLines;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
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
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Measures the nanoseconds per element of each Pipeflux operator and, for comparison, of the Reactor operators that it
 * uses or replaces. The source is a range that, like a decoder, does not support fusion.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 7, time = 1)
public class OperatorsBenchmark {

    private static final int ELEMENTS = 1 << 18;
    private static final int BATCH = 64;
    private static final int BLOCK = 1024;

    private static final int LINE = 256;
    private static final int PER_CHUNK = 1024;
    private static final int RECORDS = 1 << 16;
    private static final byte[] CHUNK = chunk();

    /**
     * How much the mapper computes per row, in {@link Blackhole} tokens. With 0 tokens, a row takes a few nanoseconds.
     * With 100 tokens, a row takes about 200 ns.
     */
    @Param({"0", "100"})
    public int work = 0;

    private Flux<Integer> source() {
        return Flux.range(0, ELEMENTS).hide();
    }

    private Integer map(Integer row) {
        Blackhole.consumeCPU(work);
        return row;
    }

    private static void drain(Flux<?> flux, Blackhole sink) {
        flux.doOnNext(sink::consume).blockLast();
    }

    // == mapAndBatch ==

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void mapAndBatch0(Blackhole sink) {
        drain(source().transform(mapAndBatch(BATCH, 0, this::map)), sink);
    }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void mapAndBatch0Reactor(Blackhole sink) {
        drain(source().buffer(BATCH).map(this::mapped), sink);
    }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void mapAndBatch1(Blackhole sink) {
        drain(source().transform(mapAndBatch(BATCH, 1, this::map)), sink);
    }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void mapAndBatch2(Blackhole sink) {
        drain(source().transform(mapAndBatch(BATCH, 2, this::map)), sink);
    }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void mapAndBatch1Reactor(Blackhole sink) {
        drain(flatMapSequential(1), sink);
    }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void mapAndBatch2Reactor(Blackhole sink) {
        drain(flatMapSequential(2), sink);
    }

    private Flux<List<Integer>> flatMapSequential(int parallelism) {
        return source().buffer(BATCH)
                .flatMapSequential(
                        rows -> Mono.fromCallable(() -> mapped(rows)).subscribeOn(Schedulers.parallel()),
                        parallelism,
                        1);
    }

    private List<Integer> mapped(List<Integer> rows) {
        List<Integer> batch = new ArrayList<>(rows.size());
        for (Integer row : rows) {
            batch.add(map(row));
        }
        return batch;
    }

    // == other operators ==

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void repeat4(Blackhole sink) {
        drain(Flux.range(0, ELEMENTS / 4).hide().transform(repeat(4)), sink);
    }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void repeat4Reactor(Blackhole sink) {
        Flux<Integer> pass = Flux.range(0, ELEMENTS / 4).hide();
        drain(Flux.range(0, 4).concatMap(n -> pass, 0), sink);
    }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void prefetch(Blackhole sink) {
        drain(source().transform(PipeOperators.prefetch(BLOCK)), sink);
    }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void prefetchBytesOf(Blackhole sink) {
        drain(source().transform(prefetchBytes(1 << 20, BLOCK, Schedulers.parallel())), sink);
    }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void prefetchReactor(Blackhole sink) {
        drain(source().publishOn(Schedulers.parallel(), BLOCK), sink);
    }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void shuffleBlocks(Blackhole sink) {
        drain(source().transform(shuffle(BLOCK, 42)), sink);
    }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void shuffleBlocksReactor(Blackhole sink) {
        drain(reactorBlocks(source()), sink);
    }

    private static <T> Flux<T> reactorBlocks(Flux<T> source) {
        Random random = new Random(42);
        return source.buffer(BLOCK)
                .concatMapIterable(
                        rows -> {
                            Collections.shuffle(rows, random);
                            return rows;
                        },
                        1);
    }

    /** Shuffles records that share chunks. The shuffle copies such records into its blocks. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void shuffleRecords(Blackhole sink) {
        drain(records().transform(shuffle(BLOCK, 42)), sink);
    }

    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void shuffleRecordsReactor(Blackhole sink) {
        drain(reactorBlocks(records()), sink);
    }

    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void prefetchRecords(Blackhole sink) {
        drain(records().transform(PipeOperators.prefetch(BLOCK)), sink);
    }

    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void prefetchRecordsReactor(Blackhole sink) {
        drain(records().publishOn(Schedulers.parallel(), BLOCK), sink);
    }

    private static Flux<RawRecord> records() {
        return Flux.range(0, RECORDS / PER_CHUNK)
                .map(i -> ByteBuffer.wrap(CHUNK.clone()))
                .transform(TextLines.decode());
    }

    private static byte[] chunk() {
        byte[] chunk = new byte[PER_CHUNK * LINE];
        for (int i = 0; i < PER_CHUNK; i++) {
            chunk[(i + 1) * LINE - 1] = '\n';
        }
        return chunk;
    }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void interleave4(Blackhole sink) {
        drain(sources().transform(interleave(4, 16)), sink);
    }

    /**
     * Measures the most similar Reactor operator. Unlike {@link #interleave4}, it emits all elements of one source
     * before those of the next, because Reactor cannot alternate between blocks of several sources.
     */
    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void interleave4Reactor(Blackhole sink) {
        drain(sources().flatMapSequential(each -> each, 4, 16), sink);
    }

    private static Flux<Flux<Integer>> sources() {
        return Flux.range(0, 16)
                .map(n -> Flux.range(n * (ELEMENTS / 16), ELEMENTS / 16).hide());
    }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void shard2(Blackhole sink) {
        drain(source().transform(shard(2, 1)), sink);
    }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void shard2Reactor(Blackhole sink) {
        drain(source().filter(i -> i % 2 == 1), sink);
    }
}
