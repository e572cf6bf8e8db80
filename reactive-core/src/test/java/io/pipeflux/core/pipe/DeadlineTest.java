package io.pipeflux.core.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DeadlineTest {

    @Test
    void nothingIsLeftOfADeadlineThatHasLongPassed() {
        Deadline deadline = Deadline.after(Duration.ofNanos(1));
        await().during(Duration.ofMillis(20)).until(deadline::hasPassed);
        assertThat(deadline.remainingMillis()).isZero();
    }

    @Test
    void aLimitMayBeLongerThanTheClockCounts() {
        Deadline deadline = Deadline.after(Duration.ofSeconds(Long.MAX_VALUE));
        assertThat(deadline.hasPassed()).isFalse();
        assertThat(deadline.remainingMillis()).isEqualTo(3_600_000);
        assertThat(Deadline.NEVER.remainingMillis()).isEqualTo(3_600_000);
    }
}
