package io.pipeflux.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ChunkMemoryTest {

    private static final int SIZE = 256 << 10;

    private final ChunkMemory memory = new ChunkMemory();

    @Test
    void theLastArrayGivenBackIsTheNextTaken() {
        byte[] first = memory.take(SIZE);
        byte[] second = memory.take(SIZE);
        assertThat(first).hasSize(SIZE).isNotSameAs(second);
        memory.giveBack(first);
        memory.giveBack(second);
        assertThat(memory.take(SIZE)).isSameAs(second);
        assertThat(memory.take(SIZE)).isSameAs(first);
        assertThat(memory.take(SIZE)).isNotSameAs(first).isNotSameAs(second);
    }

    @Test
    void anArrayIsAtLeastAsLargeAsAsked() {
        memory.giveBack(new byte[SIZE]);
        assertThat(memory.take(SIZE + 1)).hasSizeGreaterThan(SIZE);
        byte[] larger = new byte[2 * SIZE];
        memory.giveBack(larger);
        assertThat(memory.take(SIZE + 1)).isSameAs(larger);
        assertThat(memory.take(0)).isEmpty();
    }

    @Test
    void recordsOfSimilarSizesShareArrays() {
        byte[] record = memory.take(500_001);
        memory.giveBack(record);
        assertThat(memory.take(500_123)).isSameAs(record);
    }

    @Test
    void whatIsKeptIsBounded() {
        for (int i = 0; i < 1000; i++) {
            memory.giveBack(new byte[SIZE]);
        }
        byte[] known = new byte[SIZE];
        memory.giveBack(known); // too many are there
        assertThat(memory.take(SIZE)).isNotSameAs(known);
    }
}
