package io.pipeflux.core.operator;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/** Downstream requests more while a row is being mapped and later rows wait for the result. */
@JCStressTest
@Outcome(id = StressSink.BALANCED, expect = Expect.ACCEPTABLE, desc = "no element is lost or emitted twice")
@Outcome(expect = Expect.FORBIDDEN, desc = "an element or the end is lost or sent twice")
@State
public class AwaitedRowsDemandStress {

    private final StressSource source = new StressSource();
    private final StressSink sink = new StressSink();
    private final Sinks.One<Integer> first = Sinks.one();

    public AwaitedRowsDemandStress() {
        source.transform(PipeOperators.mapAndBatchWhen(
                        BatchOptions.of(1, 3).scheduler(Schedulers.immediate()),
                        (Integer row) -> row == 0 ? first.asMono() : Mono.just(row)))
                .subscribe(sink);
        sink.upstream.request(1);
        source.give(0, 3);
        source.complete();
    }

    @Actor
    public void mapper() {
        first.tryEmitValue(0);
    }

    @Actor
    public void downstream() {
        sink.upstream.request(2);
    }

    @Arbiter
    public void account(L_Result result) {
        result.r1 = sink.outcomeOfAll(source.given());
    }
}
