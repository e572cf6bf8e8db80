package io.pipeflux.benchmarks;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.csv.CsvField;
import io.pipeflux.records.csv.CsvSchema;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Measures how fast the data set {@code text}, whose lines contain 100 ints each, is parsed into columns, in batches of
 * 64 rows. The peer uses {@code String.split} and fills arrays.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CsvParseBenchmark {

    private static final int BATCH = 64;
    private static final int FIELDS = 100;

    private final CsvSchema schema = CsvSchema.of(
            IntStream.range(0, FIELDS).mapToObj(i -> CsvField.int32("c" + i)).toArray(CsvField[]::new));
    private final List<RawRecord> lines = lines();

    private static List<RawRecord> lines() {
        Random random = new Random(1);
        return IntStream.range(0, BATCH)
                .mapToObj(i -> random.ints(FIELDS, 0, 100_000)
                        .mapToObj(Integer::toString)
                        .collect(Collectors.joining(",")))
                .map(line -> RawRecord.of(ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII))))
                .toList();
    }

    /** Measures Pipeflux. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void toColumns(Blackhole sink) {
        sink.consume(lines.stream().collect(schema.batches()));
    }

    /** Measures the peer. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void split(Blackhole sink) {
        int[][] columns = new int[FIELDS][BATCH];
        for (int row = 0; row < BATCH; row++) {
            String[] fields = new String(lines.get(row).toByteArray(), StandardCharsets.US_ASCII).split(",", -1);
            for (int i = 0; i < FIELDS; i++) {
                columns[i][row] = Integer.parseInt(fields[i]);
            }
        }
        sink.consume(columns);
    }
}
