package io.pipeflux.samples.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RareLogTest {

    @Test
    void logsTheFirstAndThenOneAMinuteWithTheCountOfTheOthers() {
        AtomicLong now = new AtomicLong(Long.MAX_VALUE); // a clock that overflows
        List<String> lines = new ArrayList<>();
        RareLog log = new RareLog("refused", now::get, lines::add);
        for (int i = 0; i < 180; i++) {
            log.report(i + "\n");
            now.addAndGet(TimeUnit.SECONDS.toNanos(1));
        }
        log.report("x".repeat(100_000));
        assertThat(lines).hasSize(4);
        assertThat(lines.get(0)).startsWith("refused: 0\\");
        assertThat(lines.get(1)).startsWith("refused: 60\\").contains("and 59 others");
        assertThat(lines.get(3)).contains("and 59 others").hasSizeLessThan(300);
    }
}
