package io.pipeflux.records.example;

import static io.pipeflux.records.example.TestExamples.bytes;
import static io.pipeflux.records.example.TestExamples.example;
import static io.pipeflux.records.example.TestExamples.floats;
import static io.pipeflux.records.example.TestExamples.ints;
import static io.pipeflux.records.example.TestExamples.strings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.internal.CountingAllocator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collector;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Batches are the same from any memory, and no memory of a batch that cannot be made is lost. */
class ColumnMemoryTest {

    private static final int SCHEMAS = 400;

    @Test
    void batchesAreEqualFromAnyMemory() {
        CountingAllocator foreign = new CountingAllocator();
        List<ColumnAllocator> others = List.of(
                ColumnAllocator.direct(),
                ColumnAllocator.pooled(1 << 20),
                ColumnAllocator.pooled(0),
                ColumnAllocator.poisoning(),
                foreign);
        for (int seed = 0; seed < SCHEMAS; seed++) {
            RandomSchema random = new RandomSchema(seed);
            Schema schema = Schema.of(random.features());
            List<RawRecord> records = random.records();
            int padded = records.size() + seed % 3;
            Optional<ColumnBatch> expected = made(() -> parse(schema, records, padded));
            for (ColumnAllocator other : others) {
                for (Schema from : List.of(
                        schema.withAllocator(other), schema.withAllocator(other).forgetful())) {
                    Optional<ColumnBatch> batch = made(() -> parse(from, records, padded));
                    assertThat(batch).as("seed %d, %s", seed, other).isEqualTo(expected);
                    batch.ifPresent(ColumnBatch::release);
                }
            }
            assertThat(foreign.outstanding()).as("seed %d", seed).isZero();
        }
        assertThat(foreign.mistakes()).isEmpty();
    }

    private static ColumnBatch parse(Schema schema, List<RawRecord> records, int rows) {
        return collected(schema.batches(rows), records);
    }

    private static <A> ColumnBatch collected(Collector<RawRecord, A, ColumnBatch> collector, List<RawRecord> records) {
        A all = collector.supplier().get();
        records.forEach(record -> collector.accumulator().accept(all, record));
        return collector.finisher().apply(all);
    }

    /** Returns the batch, unless a record does not fit. */
    private static Optional<ColumnBatch> made(Supplier<ColumnBatch> making) {
        try {
            return Optional.of(making.get());
        } catch (PipefluxException doesNotFit) {
            return Optional.empty();
        }
    }

    @Test
    void eachAllocationMayFail() {
        RandomSchema random = new RandomSchema(7);
        CountingAllocator allocator = new CountingAllocator();
        Schema schema = Schema.of(random.all()).withAllocator(allocator);
        List<RawRecord> records = random.whole(20);
        schema.parse(records).release();
        int allocations = allocator.allocated();
        assertThat(allocations).isGreaterThan(20);
        for (int i = 1; i <= allocations; i++) {
            OutOfMemoryError none = new OutOfMemoryError("none");
            allocator.failAt(i, none);
            assertThat(catchThrowable(() -> schema.parse(records))).isSameAs(none);
            assertThat(allocator.outstanding()).isZero();
        }
        schema.parse(records).release();
        assertThat(allocator.outstanding()).isZero();
        assertThat(allocator.mistakes()).isEmpty();
    }

    @Test
    void aBadRecordGivesAllMemoryBack() {
        CountingAllocator allocator = new CountingAllocator();
        RandomSchema random = new RandomSchema(3);
        Schema schema = Schema.of(random.all()).withAllocator(allocator);
        List<RawRecord> records = new ArrayList<>(random.whole(8));
        records.set(5, example(floats("f", 1)));
        assertThatThrownBy(() -> schema.parse(records)).isInstanceOf(SchemaMismatchException.class);
        assertThat(allocator.allocated()).isPositive();
        assertThat(allocator.outstanding()).isZero();
        assertThat(allocator.mistakes()).isEmpty();
    }

    static Stream<ByteBuffer> wrong() {
        return Stream.of(
                null,
                ByteBuffer.allocate(15),
                ByteBuffer.allocate(16).position(1),
                ByteBuffer.allocate(16).asReadOnlyBuffer());
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void aWrongAnswerIsAnErrorAndGivenBack(ByteBuffer memory) {
        List<ByteBuffer> released = new ArrayList<>();
        ColumnAllocator wrong = new ColumnAllocator() {
            @Override
            public ByteBuffer allocate(long bytes) {
                return memory;
            }

            @Override
            public void release(ByteBuffer given) {
                released.add(given);
            }

            @Override
            public String toString() {
                return "of the engine";
            }
        };
        Schema schema = Schema.of(Feature.int64("label")).withAllocator(wrong);
        assertThatThrownBy(() -> schema.parse(List.of(example(ints("label", 1)), example(ints("label", 2)))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("column \"label\": expected 16 writable bytes from the allocator of the engine");
        assertThat(released)
                .hasSize(memory == null ? 0 : 1)
                .allSatisfy(given -> assertThat(given).isSameAs(memory));
    }

    @Test
    void shapesAreKnownWhereRowsOrTheLongestRowAre() {
        List<String> asked = new ArrayList<>();
        ColumnAllocator listening = new ColumnAllocator() {
            @Override
            public ByteBuffer allocate(String column, DType dtype, int[] shape) {
                asked.add(column + " " + dtype + Arrays.toString(shape));
                return ColumnAllocator.super.allocate(column, dtype, shape);
            }

            @Override
            public ByteBuffer allocate(long bytes) {
                return ByteBuffer.allocateDirect((int) bytes);
            }
        };
        Schema schema = Schema.of(
                        Feature.float32("x", 2), Feature.paddedInt64("p", 0), Feature.ragged("r", DType.INT64))
                .withAllocator(listening);
        RawRecord record = example(floats("x", 1, 2), ints("p", 1, 2, 3), ints("r", 4));
        ColumnBatch batch = schema.parse(List.of(record, record));
        assertThat(asked).containsExactly("x FLOAT32[2, 2]", "p INT64[2, 3]", "p.lengths INT64[2]");
        assertThat(batch.column("x").values().isDirect()).isTrue();
        assertThat(batch.column("r").values().isDirect()).isTrue();
    }

    @Test
    void heapAndDirectBatchesHaveNothingToRelease() {
        for (ColumnAllocator allocator : List.of(ColumnAllocator.heap(), ColumnAllocator.direct())) {
            ColumnBatch batch = Schema.of(Feature.int64("label"))
                    .withAllocator(allocator)
                    .parse(List.of(example(ints("label", 1))));
            assertThat(batch.isReleasable()).isFalse();
            batch.release();
            assertThat(batch.column("label").asLongBuffer().get(0)).isEqualTo(1);
        }
    }

    /** A schema of some of all kinds of features, and records that mostly fit it. */
    private static final class RandomSchema {
        private final Random random;
        private List<Feature> chosen = List.of();

        RandomSchema(long seed) {
            this.random = new Random(seed);
        }

        Feature[] all() {
            chosen = List.of(
                    Feature.float32("f", 3).withDefault(1.0, 2.0, 3.0),
                    Feature.int64("i"),
                    Feature.bytes("b").withDefault("default".getBytes(StandardCharsets.UTF_8)),
                    Feature.decodeRaw("w", DType.FLOAT64, 2),
                    Feature.decodeRaw("s", DType.INT32, 2).order(ByteOrder.BIG_ENDIAN),
                    Feature.ragged("ri", DType.INT64),
                    Feature.ragged("rb", DType.BYTES),
                    Feature.paddedFloat32("pf", -1),
                    Feature.paddedBytes("pb", new byte[] {7, 8}),
                    Feature.sparse("sp", "ix", "vx", DType.FLOAT32, 1000));
            return chosen.toArray(Feature[]::new);
        }

        Feature[] features() {
            all();
            List<Feature> some = new ArrayList<>(chosen);
            some.removeIf(feature -> random.nextInt(3) == 0 && !feature.name().equals("i"));
            return some.toArray(Feature[]::new);
        }

        List<RawRecord> records() {
            return Stream.generate(() -> record(random.nextInt(20) == 0 ? 0 : 1))
                    .limit(1 + random.nextInt(40))
                    .toList();
        }

        List<RawRecord> whole(int count) {
            return Stream.generate(() -> record(2)).limit(count).toList();
        }

        /** Returns a record; 0: any feature may be missing, 1: those that may be, 2: none. */
        private RawRecord record(int whole) {
            List<Consumer<WireWriter>> entries = new ArrayList<>();
            boolean required = whole > 0 || random.nextBoolean();
            int n = random.nextInt(30);
            long[] indexes = random.longs(n, 0, 1000).toArray();
            float[] numbers = new float[n];
            for (int i = 0; i < n; i++) {
                numbers[i] = random.nextFloat();
            }
            if (required) {
                entries.add(ints("i", random.nextLong()));
                entries.add(bytes("w", TestExamples.doubles(random.nextDouble(), random.nextDouble())));
                entries.add(bytes("s", TestExamples.doubles(random.nextDouble())));
            }
            List<Consumer<WireWriter>> optional = List.of(
                    floats("f", random.nextFloat(), random.nextFloat(), random.nextFloat()),
                    strings("b", "x".repeat(random.nextInt(50))),
                    ints("ri", indexes),
                    strings(
                            "rb",
                            Stream.generate(() -> "y".repeat(random.nextInt(20)))
                                    .limit(n)
                                    .toArray(String[]::new)),
                    floats("pf", numbers),
                    strings(
                            "pb",
                            Stream.generate(() -> "z".repeat(random.nextInt(9)))
                                    .limit(n)
                                    .toArray(String[]::new)));
            optional.stream()
                    .filter(entry -> whole == 2 || random.nextInt(4) > 0)
                    .forEach(entries::add);
            if (whole == 2 || random.nextInt(4) > 0) {
                entries.add(ints("ix", indexes));
                entries.add(floats("vx", numbers));
            }
            if (random.nextInt(4) == 0) {
                Collections.shuffle(entries, random);
            }
            return example(entries);
        }
    }
}
