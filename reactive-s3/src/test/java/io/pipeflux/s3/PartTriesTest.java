package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PartTriesTest {

    private static final int PART = 8 << 20;
    private static final int SHARE = PART / 64;

    @Test
    void aByteNowAndThenIsNoProgress() {
        PartTries tries = tries(5);

        for (int i = 0; i < 5; i++) {
            assertThat(tries.broken(1, PART, false)).isTrue();
        }
        assertThat(tries.broken(1, PART, false)).isFalse();
        assertThat(tries(0).broken(1, PART, false)).isFalse();
    }

    @Test
    void aTryThatBringsEnoughIsFree() {
        PartTries none = tries(0);

        for (int i = 0; i < 1000; i++) {
            assertThat(none.broken(SHARE, PART, false)).isTrue();
        }
        assertThat(none.broken(SHARE - 1, PART, false)).isFalse();
    }

    @Test
    void progressPaysForEarlierTriesInProportion() {
        PartTries two = tries(2);
        for (int i = 0; i < 1000; i++) {
            assertThat(two.broken(0, PART, false)).isTrue();
            assertThat(two.broken(2 * SHARE, PART, false)).isTrue(); // one too many: nothing is saved for later
        }
        for (int i = 0; i < 4; i++) {
            assertThat(two.broken(SHARE / 2, PART, false)).isTrue();
        }
        assertThat(two.broken(SHARE / 2, PART, false)).isFalse();
    }

    @Test
    void aByteIsMuchOfASmallPartAndAMebibyteIsEnoughOfALargeOne() {
        PartTries none = tries(0);

        assertThat(none.broken(1, 10, false)).isTrue();
        assertThat(none.broken(1 << 20, Integer.MAX_VALUE, false)).isTrue();
        assertThat(none.broken((1 << 20) - 1, Integer.MAX_VALUE, false)).isFalse();
    }

    @Test
    void refusedCredentialsHaveTheirOwnLimit() {
        PartTries many = tries(1000);

        for (int i = 0; i < PartTries.REFUSALS; i++) {
            assertThat(many.broken(0, PART, true)).isTrue();
        }
        assertThat(many.broken(0, PART, true)).isFalse();
        assertThat(many.broken(0, PART, false)).isTrue();
    }

    @Test
    void theWaitGrowsUntilThePartIsComplete() {
        PartTries tries = tries(0);
        assertThat(longestWait(tries)).isLessThanOrEqualTo(100_000_000L);

        for (int i = 0; i < 10; i++) {
            tries.broken(SHARE, PART, false);
        }
        assertThat(longestWait(tries)).isBetween(2_500_000_000L, 5_000_000_000L);
    }

    private static long longestWait(PartTries tries) {
        return LongStream.generate(tries::waitNanos).limit(1000).max().orElseThrow();
    }

    @Test
    void theTriesOfAnOutageNoLongerCountWhenTheStoreIsBack() {
        AtomicLong now = new AtomicLong();
        Outage outage = new Outage(Duration.ofNanos(100), now::get, (nanos, patience, error) -> {});
        PartTries two = new PartTries(2, outage);
        ConnectException away = new ConnectException("refused");

        for (int i = 0; i < 50; i++) {
            assertThat(two.failed(0, PART, away)).isTrue();
        }
        now.set(99);
        assertThat(two.failed(SHARE, PART, away)).isTrue(); // the store was back, and is away again
        now.set(198);
        assertThat(two.failed(0, PART, away)).isTrue();
        now.set(199);
        assertThat(two.failed(0, PART, away)).isTrue(); // by the number of tries
        assertThat(two.failed(0, PART, away)).isFalse();
    }

    private static PartTries tries(int retries) {
        return new PartTries(retries, new Outage(Duration.ZERO, System::nanoTime, (nanos, patience, error) -> {}));
    }
}
