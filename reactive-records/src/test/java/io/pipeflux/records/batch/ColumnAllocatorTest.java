package io.pipeflux.records.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.Position;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.suite.Patience;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ColumnAllocatorTest {

    private static final ResumePoint RESUME = new ResumePoint(new Position(0, Position.NO_OBJECT, 0, 0), 0);

    // == pooled ==

    @Test
    void releasedMemoryIsUsedAgain() {
        PooledMemory pool = new PooledMemory(1 << 20);
        ByteBuffer first = pool.allocate(512 << 10);
        pool.release(first);
        assertThat(pool.kept()).isEqualTo(512 << 10);
        assertThat(pool.allocate(500 << 10)).isSameAs(first);
        assertThat(pool.kept()).isZero();
        assertThat(pool.fresh()).isEqualTo(1);
        assertThat(pool.reused()).isEqualTo(1);
        assertThat(pool.outstanding()).isEqualTo(1);
        assertThat(pool)
                .hasToString("ColumnAllocator.pooled(1048576)[0 bytes kept, 1 arrays given out and not given"
                        + " back; 1 times used again, 1 times fresh]");
    }

    @ParameterizedTest
    @ValueSource(
            longs = {8191, 8192, 8193, 16384, 16385, 524288, 524289, 1L << 30, (1L << 30) + 1, Integer.MAX_VALUE - 63})
    void arraysAreAtMostAnEighthTooLong(long bytes) {
        int shelf = PooledMemory.shelf(Math.max(bytes, PooledMemory.SMALLEST));
        int length = PooledMemory.length(shelf);
        assertThat((long) length).isBetween(bytes, bytes + bytes / 8);
        assertThat(PooledMemory.shelf(length)).isEqualTo(shelf);
    }

    @Test
    void whatDoesNotFitIsNotKept() {
        PooledMemory pool = new PooledMemory(100_000);
        List<ByteBuffer> all = new ArrayList<>();
        IntStream.range(0, 20).forEach(i -> all.add(pool.allocate(32 << 10)));
        all.forEach(pool::release);
        assertThat(pool.kept()).isEqualTo(3 * (32 << 10));
        pool.release(pool.allocate(1 << 20)); // longer than all that may be kept
        assertThat(pool.kept()).isEqualTo(3 * (32 << 10));
    }

    @Test
    void whatWasNotAskedForTheLongestTimeLeaves() {
        PooledMemory pool = new PooledMemory(100_000);
        List<ByteBuffer> small =
                IntStream.range(0, 10).mapToObj(i -> pool.allocate(8192)).toList();
        ByteBuffer large = pool.allocate(64 << 10);
        small.forEach(pool::release);
        pool.release(large);
        assertThat(pool.kept()).isBetween(64L << 10, 100_000L);
        assertThat(pool.allocate(64 << 10)).isSameAs(large);
    }

    @Test
    void smallMemoryIsNeverKept() {
        PooledMemory pool = new PooledMemory(1 << 20);
        pool.release(pool.allocate(100));
        assertThat(pool.kept()).isZero();
        assertThat(pool.outstanding()).isZero();
    }

    @Test
    void aPoolMayKeepNothingButNotLess() {
        PooledMemory pool = new PooledMemory(0);
        pool.release(pool.allocate(1 << 20));
        assertThat(pool.kept()).isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ColumnAllocator.pooled(-1))
                .withMessageContaining("expected 0 or more bytes to keep, but got -1");
    }

    @Test
    void threadsShareAPoolAndNoMemory() {
        PooledMemory pool = new PooledMemory(4 << 20);
        AtomicInteger torn = new AtomicInteger();
        List<CompletableFuture<Void>> threads = IntStream.range(0, 4)
                .mapToObj(i -> CompletableFuture.runAsync(() -> useAndRelease(pool, i, torn)))
                .toList();
        threads.forEach(Patience::get);
        assertThat(torn).hasValue(0);
        assertThat(pool.outstanding()).isZero();
        assertThat(pool.kept()).isLessThanOrEqualTo(4 << 20);
        assertThat(pool.reused()).isPositive();
    }

    /** Memory that two threads had at once would have the other's number in it. */
    private static void useAndRelease(PooledMemory pool, int thread, AtomicInteger torn) {
        Random random = new Random(thread);
        for (int i = 0; i < 5_000; i++) {
            ByteBuffer memory = pool.allocate(8192 + random.nextInt(60_000));
            int last = memory.limit() - Long.BYTES;
            long mark = ((long) thread << 32) | i;
            memory.putLong(0, mark).putLong(last, mark);
            Thread.onSpinWait();
            torn.addAndGet(memory.getLong(0) == mark && memory.getLong(last) == mark ? 0 : 1);
            pool.release(memory);
        }
    }

    // == direct ==

    @Test
    void beyondItsBoundDirectMemoryGivesOutArrays() {
        AtomicLong used = new AtomicLong(100);
        DirectMemory memory = new DirectMemory(() -> 1000, used::get);
        assertThat(memory.allocate(900).isDirect()).isTrue();
        assertThat(memory.allocate(901).isDirect()).isFalse();
        used.set(0);
        assertThat(memory.allocate(901).isDirect()).isTrue();
        assertThat(memory.toString()).contains("2 direct buffers, and 1 arrays");
    }

    @Test
    void aDirectPoolUsesShortAndLongMemoryAgain() {
        PooledMemory pool = new PooledMemory(1 << 20, true);
        ByteBuffer small = pool.allocate(8);
        ByteBuffer large = pool.allocate(100_000);
        assertThat(small.isDirect() && large.isDirect()).isTrue();
        pool.release(small);
        pool.release(large);
        assertThat(pool.allocate(100)).isSameAs(small);
        assertThat(pool.allocate(100_000)).isSameAs(large);
        assertThat(pool.outstanding()).isEqualTo(2);
        assertThat(pool.toString())
                .startsWith("ColumnAllocator.pooledDirect(1048576)[0 bytes kept, 2 buffers given out");
    }

    @Test
    void aDirectPoolKeepsNoArrays() {
        PooledMemory pool = new PooledMemory(1 << 20, true);
        pool.release(ByteBuffer.allocate(PooledMemory.SMALLEST));
        assertThat(pool.kept()).isZero();
        assertThat(pool.allocate(8).isDirect()).isTrue();
    }

    @Test
    void readsTheLimitOfDirectMemory() {
        assertThat(DirectMemory.limit("64m", 7)).isEqualTo(64 << 20);
        assertThat(DirectMemory.limit("2G", 7)).isEqualTo(2L << 30);
        assertThat(DirectMemory.limit("1k", 7)).isEqualTo(1024);
        assertThat(DirectMemory.limit("12345", 7)).isEqualTo(12345);
        assertThat(List.of("0", "", "x", "9999999999999t", "k")).allMatch(option -> DirectMemory.limit(option, 7) == 7);
    }

    // == released batches ==

    private static ColumnBatch batch(Runnable release) {
        return ColumnBatch.of(
                List.of(
                        Column.of("x", DType.INT64, new int[] {2}, ByteBuffer.allocate(16)),
                        Column.ragged("r", DType.FLOAT32, ByteBuffer.allocate(12), ByteBuffer.allocate(0)),
                        Column.ofBytes("b", new int[] {2}, ByteBuffer.allocate(12), ByteBuffer.allocate(3))),
                RESUME,
                1,
                release);
    }

    @Test
    void aReleasedBatchThrows() {
        ColumnBatch batch = batch(() -> {});
        Column x = batch.column("x");
        Column r = batch.column("r");
        Column b = batch.column("b");
        assertThat(batch.isReleasable()).isTrue();
        batch.release();
        List<Runnable> accessors = List.of(
                () -> batch.column("x"),
                x::values,
                x::asLongBuffer,
                () -> x.copyTo(new long[2]),
                r::rowSplits,
                r::asFloatBuffer,
                b::offsets,
                b::values,
                () -> b.bytes(0));
        assertThat(accessors)
                .allSatisfy(accessor -> assertThatThrownBy(accessor::run)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("was released"));
        assertThat(batch.rows()).isEqualTo(2);
        assertThat(batch.paddedRows()).isEqualTo(1);
        assertThat(batch.names()).containsExactly("x", "r", "b");
        assertThat(batch.resumeAt()).isEqualTo(RESUME);
        assertThat(x.shape()).containsExactly(2);
    }

    @Test
    void aReleasedBatchEqualsItselfAlone() {
        ColumnBatch batch = batch(() -> {});
        ColumnBatch other = batch(() -> {});
        Column x = batch.column("x");
        int hash = batch.hashCode();
        assertThat(batch).isEqualTo(other).hasSameHashCodeAs(other);
        batch.release();
        assertThat(List.of(batch)).contains(batch).doesNotContain(other);
        assertThat(batch).hasToString(other.toString());
        assertThat(other).isNotEqualTo(batch);
        assertThat(batch.hashCode()).isEqualTo(hash);
        assertThat(List.of(x)).contains(x).doesNotContain(other.column("x"));
        assertThat(other.column("b")).isNotEqualTo(x);
    }

    @Test
    void threadsThatReleaseABatchReleaseItOnce() throws Exception {
        for (int i = 0; i < 500; i++) {
            AtomicInteger released = new AtomicInteger();
            ColumnBatch batch = batch(released::incrementAndGet);
            CyclicBarrier barrier = new CyclicBarrier(2);
            List<CompletableFuture<Void>> both = IntStream.range(0, 2)
                    .mapToObj(thread -> CompletableFuture.runAsync(() -> {
                        try {
                            barrier.await();
                        } catch (Exception e) {
                            throw new IllegalStateException(e);
                        }
                        batch.release();
                    }))
                    .toList();
            both.forEach(Patience::get);
            batch.release();
            assertThat(released).hasValue(1);
        }
    }

    @Test
    void poisonIsWhatAReaderOfReleasedMemoryReads() {
        ByteBuffer memory = ColumnAllocator.poisoning().allocate(16);
        assertThat(memory.getLong(0)).isEqualTo(0xA5A5A5A5A5A5A5A5L);
        memory.putLong(0, 42);
        ColumnAllocator.poisoning().release(memory);
        assertThat(memory.getLong(0)).isEqualTo(0xA5A5A5A5A5A5A5A5L);
        assertThat(ColumnAllocator.poisoning().allocate(16)).isNotSameAs(memory);
    }
}
