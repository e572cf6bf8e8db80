package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BackoffTest {

    @Test
    void itsBoundDoublesUpToFiveSeconds() {
        assertThat(IntStream.of(0, 1, 2, 3, 6, 7, 100)
                        .mapToLong(futile ->
                                Duration.ofNanos(Backoff.boundNanos(futile)).toMillis()))
                .containsExactly(100L, 100L, 200L, 400L, 3200L, 5000L, 5000L);
    }

    @Test
    void waitsAnythingUpToTheBound() {
        assertThat(IntStream.range(0, 1000).mapToLong(i -> Backoff.nanos(2)))
                .allMatch(nanos -> nanos >= 0 && nanos <= 200_000_000)
                .anyMatch(nanos -> nanos < 50_000_000)
                .anyMatch(nanos -> nanos > 150_000_000);
    }
}
