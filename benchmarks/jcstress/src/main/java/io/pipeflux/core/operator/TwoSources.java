package io.pipeflux.core.operator;

import java.util.function.Function;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.Outcome;
import reactor.core.publisher.Flux;

/**
 * Two sources whose elements an operator mixes. The tests' actors call the methods of this class. The actors themselves
 * must be declared in each test, because jcstress does not find inherited actors.
 */
@Outcome(id = StressSink.BALANCED, expect = Expect.ACCEPTABLE, desc = "no element and no end is lost or sent twice")
@Outcome(expect = Expect.FORBIDDEN, desc = "an element or the end is lost or sent twice")
final class TwoSources {

    private final StressSource first = new StressSource();
    private final StressSource second = new StressSource();
    private final StressSink sink = new StressSink();

    private TwoSources(Function<Flux<Flux<Integer>>, ? extends Flux<?>> mix, long requested) {
        mix.apply(Flux.just(first, second)).subscribe(sink);
        sink.upstream.request(requested);
    }

    static TwoSources interleaved(long requested) {
        return new TwoSources(PipeOperators.interleave(2, 2), requested);
    }

    static TwoSources sampled(long requested) {
        return new TwoSources(PipeOperators.sample(WhenOneEnds.CONTINUE, 42, 1, 1), requested);
    }

    static TwoSources zipped(long requested) {
        return new TwoSources(PipeOperators.zip(WhenOneEnds.FAIL), requested);
    }

    void giveFirst() {
        first.give(0, 2);
    }

    void giveSecond() {
        second.give(0, 2);
    }

    void endFirst() {
        giveFirst();
        first.complete();
    }

    void endSecond() {
        giveSecond();
        second.complete();
    }

    void requestMore() {
        sink.upstream.request(1);
        sink.upstream.request(3);
    }

    void cancel() {
        sink.upstream.cancel();
    }

    /** Returns the outcome of a test in which downstream has cancelled. */
    String outcome() {
        return sink.outcome(first.given() + second.given());
    }

    /** Returns the outcome of a test in which every element and the completion signal must have arrived. */
    String outcomeOfAll() {
        return sink.outcomeOfAll(first.given() + second.given());
    }
}
