package io.pipeflux.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Sinks;

class PortionTest {

    private static final long QUARTER = 1 << 18; // of a portion

    private final Sinks.Many<Integer> source = Sinks.many().unicast().onBackpressureBuffer();
    private long requested;

    private Portion<Integer> subscribed(Portion<Integer> portion) {
        source.asFlux().doOnRequest(n -> requested += n).subscribe(portion);
        return portion;
    }

    private void emit(int from, int to) {
        IntStream.range(from, to).forEach(i -> source.tryEmitNext(i).orThrow());
    }

    /** The elements of the next portion are made while this one is handed on; no more than these are requested. */
    @Test
    void onePortionIsRequestedAhead() throws Throwable {
        Portion<Integer> portion = subscribed(Portion.ahead(element -> QUARTER));
        portion.wakeUp();
        assertThat(portion.take()).isEmpty();
        assertThat(requested).isEqualTo(2); // an element each, since their size is unknown
        emit(0, 1);
        assertThat(portion.take()).containsExactly(0);
        assertThat(requested).isEqualTo(1 + 2 * 4);
        emit(1, 5);
        assertThat(portion.take()).containsExactly(1, 2, 3, 4);
        assertThat(requested).isEqualTo(5 + 2 * 4);
    }

    @Test
    void oneByOneNothingIsRequestedAhead() throws Throwable {
        Portion<Integer> portion = subscribed(Portion.ofOne());
        portion.wakeUp();
        assertThat(portion.take()).isEmpty();
        assertThat(requested).isEqualTo(1);
        emit(1, 2);
        assertThat(portion.take()).containsExactly(1);
        assertThat(requested).isEqualTo(1);
    }

    @Test
    void anErrorComesAfterAllElementsBeforeIt() throws Throwable {
        Portion<Integer> portion = subscribed(Portion.ahead(element -> QUARTER));
        portion.wakeUp();
        assertThat(portion.take()).isEmpty();
        emit(0, 2);
        source.tryEmitError(new IOException("gone"));
        assertThat(portion.take()).containsExactly(0);
        assertThat(portion.take()).containsExactly(1);
        assertThat(portion.isEnded()).isFalse();
        assertThatThrownBy(portion::take).isInstanceOf(IOException.class);
    }

    @Test
    void theEndIsSeenWhenAllElementsWereTaken() throws Throwable {
        Portion<Integer> portion = subscribed(Portion.ahead(element -> QUARTER));
        portion.wakeUp();
        assertThat(portion.take()).isEmpty();
        emit(0, 2);
        source.tryEmitComplete();
        assertThat(portion.take()).containsExactly(0);
        assertThat(portion.isEnded()).isFalse();
        assertThat(portion.take()).containsExactly(1);
        assertThat(portion.isEnded()).isTrue();
    }
}
