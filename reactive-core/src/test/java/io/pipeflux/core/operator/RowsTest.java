package io.pipeflux.core.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import reactor.util.context.Context;

class RowsTest {

    private static final int ROWS = 40_000;

    @Test
    void growWithTheRowsUpToTheCapacity() {
        Rows rows = new Rows(ROWS);
        for (int i = 0; i < ROWS; i++) {
            assertThat(rows.isFull()).isFalse();
            assertThat(rows.add(i)).isTrue();
        }
        assertThat(rows.isFull()).isTrue();
        assertThat(rows.seal()).isTrue();
        assertThat(rows.slots()).hasSize(ROWS).startsWith(0, 1, 2).endsWith(ROWS - 2, ROWS - 1);
    }

    @Test
    void eachRowIsDiscardedOnceOrLeftToTheGathererWhileTheSlotsGrow() throws InterruptedException {
        for (int round = 0; round < 300; round++) {
            Rows rows = new Rows(Integer.MAX_VALUE);
            AtomicInteger discarded = new AtomicInteger();
            Consumer<?> discard = row -> discarded.incrementAndGet();
            int from = round * ROWS / 300;
            Phaser begun = new Phaser(2);
            Thread canceller = new Thread(() -> {
                begun.arriveAndAwaitAdvance();
                rows.discard(Context.of("reactor.onDiscard.local", discard));
            });
            canceller.start();
            int added = 0;
            for (int i = 0; i < ROWS; i++) {
                if (i == from) {
                    begun.arrive();
                }
                if (!rows.add(i)) {
                    break;
                }
                added++;
            }
            canceller.join();
            assertThat(discarded).as("round %s", round).hasValue(added);
        }
    }
}
