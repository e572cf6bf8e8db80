package io.pipeflux.core.operator;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;
import reactor.core.publisher.Flux;

/** Two sources emit and complete while downstream requests. */
@JCStressTest
@Outcome(id = StressSink.BALANCED, expect = Expect.ACCEPTABLE, desc = "all elements are emitted, and one end")
@Outcome(expect = Expect.FORBIDDEN, desc = "an element or the end is lost or sent twice")
@State
public class ZipDemandStress {

    private final StressSource first = new StressSource();
    private final StressSource second = new StressSource();
    private final StressSink sink = new StressSink();

    public ZipDemandStress() {
        Flux.<Flux<Integer>>just(first, second)
                .transform(PipeOperators.zip(WhenOneEnds.FAIL))
                .subscribe(sink);
        sink.upstream.request(1); // both sources are subscribed to
    }

    @Actor
    public void upstream() {
        first.give(0, 2);
        first.complete();
        second.give(0, 2);
        second.complete();
    }

    @Actor
    public void downstream() {
        sink.upstream.request(1);
        sink.upstream.request(3);
    }

    @Arbiter
    public void account(L_Result result) {
        result.r1 = sink.outcomeOfAll(first.given() + second.given());
    }
}
