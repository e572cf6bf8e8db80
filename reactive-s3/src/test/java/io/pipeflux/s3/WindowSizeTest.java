package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WindowSizeTest {

    private final WindowSize size = new WindowSize(16);

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

    private void starve(int times) {
        for (int i = 0; i < times; i++) {
            size.starved();
        }
    }
}
