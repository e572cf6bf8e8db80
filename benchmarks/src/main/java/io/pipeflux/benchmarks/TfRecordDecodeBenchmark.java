package io.pipeflux.benchmarks;

import com.google.protobuf.ByteString;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.operator.PipeOperators;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.example.proto.BytesList;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.Features;
import io.pipeflux.records.example.proto.Int64List;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
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
import reactor.core.publisher.Flux;

/**
 * Measures how many records per second one thread decodes from bytes in memory. Each record has two features: {@code
 * data}, which contains float64 values as bytes, and {@code labels}, which is an int64. The peer reads from a {@code
 * DataInputStream}, parses with protobuf-java, and does not verify checksums.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class TfRecordDecodeBenchmark {

    private static final int RECORDS = 1024;
    private static final int BATCH = 64;
    private static final int CHUNK_BYTES = 256 << 10;

    /** The number of float64 values in a record. */
    @Param({"1024", "1"})
    public int values = 1024;

    private byte[] file = {};
    private List<RawRecord> records = List.of();
    private Schema schema = Schema.of(Feature.int64("labels"));

    @Setup
    public void setUp() {
        schema = Schema.of(Feature.decodeRaw("data", DType.FLOAT64, values), Feature.int64("labels"));
        ByteBuffer all = ByteBuffer.allocate(RECORDS * (values * Double.BYTES + 100));
        Flux.range(0, RECORDS)
                .map(i -> ByteBuffer.wrap(example(i).toByteArray()))
                .transform(TfRecords.encode())
                .toIterable(1)
                .forEach(all::put);
        file = Arrays.copyOf(all.array(), all.position());
        records = chunks().transform(TfRecords.decode()).toStream().toList();
    }

    private Example example(int label) {
        ByteBuffer data = ByteBuffer.allocate(values * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < values; i++) {
            data.putDouble(i * Double.BYTES, label + i);
        }
        return Example.newBuilder()
                .setFeatures(Features.newBuilder()
                        .putFeature("data", feature(BytesList.newBuilder().addValue(ByteString.copyFrom(data))))
                        .putFeature("labels", feature(Int64List.newBuilder().addValue(label))))
                .build();
    }

    private static io.pipeflux.records.example.proto.Feature feature(BytesList.Builder list) {
        return io.pipeflux.records.example.proto.Feature.newBuilder()
                .setBytesList(list)
                .build();
    }

    private static io.pipeflux.records.example.proto.Feature feature(Int64List.Builder list) {
        return io.pipeflux.records.example.proto.Feature.newBuilder()
                .setInt64List(list)
                .build();
    }

    private Flux<ByteBuffer> chunks() {
        List<ByteBuffer> chunks = new ArrayList<>();
        for (int at = 0; at < file.length; at += CHUNK_BYTES) {
            chunks.add(ByteBuffer.wrap(file, at, Math.min(CHUNK_BYTES, file.length - at)));
        }
        return Flux.fromIterable(chunks);
    }

    /** Measures framing only. Both checksums of each frame are verified. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void frames(Blackhole sink) {
        chunks().transform(TfRecords.decode()).doOnNext(sink::consume).blockLast();
    }

    /** Measures framing and parsing into columns, as in the README's pipeline, but on one thread. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void framesToColumns(Blackhole sink) {
        Function<Flux<RawRecord>, Flux<ColumnBatch>> batches = PipeOperators.mapAndBatch(BATCH, 0, schema.batches());
        chunks().transform(TfRecords.decode())
                .transform(batches)
                .doOnNext(sink::consume)
                .blockLast();
    }

    /** Measures a plain Java loop that reads the same rows into arrays. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void plainProtobufJava(Blackhole sink) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(file));
        for (int row = 0; row < RECORDS; row += BATCH) {
            Rows rows = new Rows(values);
            for (int i = 0; i < BATCH; i++) {
                long length = Long.reverseBytes(in.readLong());
                in.skipNBytes(Integer.BYTES);
                rows.add(Example.parseFrom(in.readNBytes((int) length)));
                in.skipNBytes(Integer.BYTES);
            }
            sink.consume(rows);
        }
    }

    /** Measures parsing into columns, from records that are already framed. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void parseToColumns(Blackhole sink) {
        for (int row = 0; row < RECORDS; row += BATCH) {
            sink.consume(schema.parse(records.subList(row, row + BATCH)));
        }
    }

    /** Measures parsing into arrays with protobuf-java, from records that are already framed. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void parseByProtobufJava(Blackhole sink) throws IOException {
        for (int row = 0; row < RECORDS; row += BATCH) {
            Rows rows = new Rows(values);
            for (RawRecord each : records.subList(row, row + BATCH)) {
                rows.add(Example.parser().parseFrom(each.array(), each.arrayOffset(), each.size()));
            }
            sink.consume(rows);
        }
    }

    /** The batch that the plain Java loop fills. */
    private static final class Rows {

        private final int values;
        private final double[] data;
        private final long[] labels = new long[BATCH];
        private int next;

        Rows(int values) {
            this.values = values;
            this.data = new double[BATCH * values];
        }

        void add(Example example) {
            var features = example.getFeatures().getFeatureMap();
            var row = Objects.requireNonNull(features.get("data"));
            row.getBytesList()
                    .getValue(0)
                    .asReadOnlyByteBuffer()
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asDoubleBuffer()
                    .get(data, next * values, values);
            labels[next++] = Objects.requireNonNull(features.get("labels"))
                    .getInt64List()
                    .getValue(0);
        }
    }
}
