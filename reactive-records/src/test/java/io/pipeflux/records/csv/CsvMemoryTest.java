package io.pipeflux.records.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.internal.CountingAllocator;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collector;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Batches are the same from any memory, and no memory of a batch that cannot be made is lost. */
class CsvMemoryTest {

    private static final CsvSchema SCHEMA = CsvSchema.of(
            CsvField.int32("i"),
            CsvField.int64("l").withDefault(-1),
            CsvField.float32("f"),
            CsvField.float64("d").withDefault(0.5),
            CsvField.bytes("b").withDefault("default"),
            CsvField.bytes("c"));

    private static List<RawRecord> lines(Random random, int count) {
        return Stream.generate(() -> line(random))
                .limit(count)
                .map(CsvMemoryTest::record)
                .toList();
    }

    private static String line(Random random) {
        return random.nextInt() + ","
                + (random.nextBoolean() ? "" : random.nextLong()) + ","
                + random.nextFloat() + ","
                + (random.nextBoolean() ? "" : random.nextInt(100)) + ","
                + "x".repeat(random.nextInt(300)) + ",\"y\"\"" + "y".repeat(random.nextInt(30)) + '"';
    }

    private static RawRecord record(String line) {
        return RawRecord.of(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
    }

    private static <A> ColumnBatch collected(Collector<RawRecord, A, ColumnBatch> collector, List<RawRecord> records) {
        A all = collector.supplier().get();
        records.forEach(record -> collector.accumulator().accept(all, record));
        return collector.finisher().apply(all);
    }

    @Test
    void batchesAreEqualFromAnyMemory() {
        CountingAllocator foreign = new CountingAllocator();
        List<ColumnAllocator> others = List.of(
                ColumnAllocator.direct(), ColumnAllocator.pooled(1 << 20), ColumnAllocator.poisoning(), foreign);
        for (int seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            List<RawRecord> records = lines(random, 1 + random.nextInt(50));
            int rows = records.size() + random.nextInt(3);
            ColumnBatch expected = collected(SCHEMA.batches(rows), records);
            for (ColumnAllocator other : others) {
                ColumnBatch batch = collected(SCHEMA.withAllocator(other).batches(rows), records);
                assertThat(batch).as("seed %d, %s", seed, other).isEqualTo(expected);
                batch.release();
            }
        }
        assertThat(foreign.outstanding()).isZero();
        assertThat(foreign.mistakes()).isEmpty();
    }

    @Test
    void otherSettingsKeepTheAllocator() {
        CountingAllocator foreign = new CountingAllocator();
        CsvSchema.of(CsvField.bytes("b"))
                .withAllocator(foreign)
                .delimiter(';')
                .quotes(false)
                .naValue("NA")
                .select(1)
                .parse(List.of(record("a;b")))
                .release();
        assertThat(foreign.allocated()).isPositive();
        assertThat(foreign.outstanding()).isZero();
    }

    @Test
    void whatCannotBeMadeGivesAllMemoryBack() {
        CountingAllocator allocator = new CountingAllocator();
        CsvSchema schema = SCHEMA.withAllocator(allocator);
        List<RawRecord> records = new ArrayList<>(lines(new Random(1), 40));
        schema.parse(records).release();
        int allocations = allocator.allocated();
        for (int i = 1; i <= allocations; i++) {
            OutOfMemoryError none = new OutOfMemoryError("none");
            allocator.failAt(i, none);
            assertThat(catchThrowable(() -> schema.parse(records))).isSameAs(none);
            assertThat(allocator.outstanding()).isZero();
        }
        records.set(5, record("not a number,,1,,,"));
        assertThatThrownBy(() -> schema.parse(records)).isInstanceOf(SchemaMismatchException.class);
        assertThat(allocator.outstanding()).isZero();
        assertThat(allocator.mistakes()).isEmpty();
    }
}
