package io.pipeflux.records.example;

import com.google.protobuf.InvalidProtocolBufferException;
import io.pipeflux.core.RawRecord;
import java.util.List;
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
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Measures how many nanoseconds one thread takes to parse a framed record from memory into columns. A batch has 64
 * records. This class is in the parser's package because it calls the package-private {@link Schema#forgetful}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 7, time = 1)
public class ExampleParseBenchmark {

    private static final int RECORDS = 1024;
    private static final int BATCH = 64;

    @Param({"seed", "small", "ctr", "ctrshuf", "floats"})
    public String set = "seed";

    private List<RawRecord> records = List.of();
    private Schema schema = Schema.of(Feature.int64("label"));
    private Schema forgetful = schema;
    private Peer peer = new Peer(List.of());

    @Setup
    public void setUp() throws InvalidProtocolBufferException {
        List<Feature> features = ExampleSets.features(set);
        records = ExampleSets.records(set, RECORDS);
        schema = Schema.of(features.toArray(Feature[]::new));
        forgetful = schema.forgetful();
        peer = new Peer(features);
        List<RawRecord> batch = records.subList(0, BATCH);
        if (!schema.parse(batch).equals(forgetful.parse(batch))) {
            throw new IllegalStateException("not equal");
        }
        peer.requireEqual(schema.parse(batch), batch);
    }

    /** Measures parsing with the default settings. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void columns(Blackhole sink) {
        for (int row = 0; row < RECORDS; row += BATCH) {
            sink.consume(schema.parse(records.subList(row, row + BATCH)));
        }
    }

    /** Measures parsing without templates. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void columnsGeneralPath(Blackhole sink) {
        for (int row = 0; row < RECORDS; row += BATCH) {
            sink.consume(forgetful.parse(records.subList(row, row + BATCH)));
        }
    }

    /** Measures parsing into arrays with protobuf-java. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void arraysByProtobufJava(Blackhole sink) throws InvalidProtocolBufferException {
        for (int row = 0; row < RECORDS; row += BATCH) {
            sink.consume(peer.parse(records.subList(row, row + BATCH)));
        }
    }
}
