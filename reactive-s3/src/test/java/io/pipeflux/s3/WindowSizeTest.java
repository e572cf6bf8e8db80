package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WindowSizeTest {

    private final WindowSize size = new WindowSize(16);
    private int before = size.limit();

    @Test
    void doublesWhileTheSubscriberStarvesAndNoFurtherThanTheMost() {
        assertThat(IntStream.range(0, 5)
                        .map(i -> {
                            int limit = size.limit();
                            size.starved();
                            return limit;
                        })
                        .toArray())
                .containsExactly(2, 4, 8, 16, 16);
    }

    @Test
    void doublesBeforeAPartIsCompleteIfItsBytesArriveSlowly() {
        assertThat(waits(1000)).as("before the GETs are answered").isEqualTo(2);
        size.answered();
        assertThat(waits(1000)).as("before all of them are").isEqualTo(2);
        size.answered();
        assertThat(waits(4)).isEqualTo(2);
        assertThat(waits(1)).isEqualTo(4);
        assertThat(waits(1000)).as("before the additional ones are answered").isEqualTo(4);
        size.answered();
        size.answered();
        assertThat(waits(5)).isEqualTo(8);
    }

    @Test
    void doesNotDoubleByWaitingOnceTheStoreHasAskedToSlowDown() {
        size.slowDown(size.round());
        before = size.limit();
        size.answered();
        size.answered();
        assertThat(waits(1000)).isEqualTo(1);
    }

    @Test
    void halvesOncePerRoundAndNeverBelowOne() {
        starve(3);
        int round = size.round();
        size.slowDown(round);
        size.slowDown(round); // went out before it was halved
        assertThat(size.limit()).isEqualTo(8);
        for (int i = 0; i < 10; i++) {
            size.slowDown(size.round());
        }
        assertThat(size.limit()).isEqualTo(1);
    }

    @Test
    void recoversByOnePerRoundOnceTheStoreHasAskedToSlowDown() {
        starve(3);
        size.slowDown(size.round());
        starve(7);
        assertThat(size.limit()).isEqualTo(8);
        starve(1);
        assertThat(size.limit()).isEqualTo(9);
        starve(9 + 10 + 11 + 12 + 13 + 14 + 15);
        assertThat(size.limit()).isEqualTo(16);
    }

    @Test
    void beginsBelowTwoWhereNoMoreIsAllowed() {
        assertThat(new WindowSize(1).limit()).isEqualTo(1);
    }

    private int waits(int millis) {
        boolean grown = size.waited(TimeUnit.MILLISECONDS.toNanos(millis));
        assertThat(grown).isEqualTo(size.limit() > before);
        before = size.limit();
        return before;
    }

    private void starve(int times) {
        for (int i = 0; i < times; i++) {
            size.starved();
        }
    }
}
