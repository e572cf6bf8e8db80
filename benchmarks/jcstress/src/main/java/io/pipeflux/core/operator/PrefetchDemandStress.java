package io.pipeflux.core.operator;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;
import reactor.core.scheduler.Schedulers;

/** Elements and the completion signal arrive while downstream requests more. */
@JCStressTest
@Outcome(id = StressSink.BALANCED, expect = Expect.ACCEPTABLE, desc = "all elements are emitted, and one end")
@Outcome(expect = Expect.FORBIDDEN, desc = "an element or the end is lost or sent twice")
@State
public class PrefetchDemandStress {

    private final StressSource source = new StressSource();
    private final StressSink sink = new StressSink();

    public PrefetchDemandStress() {
        source.transform(PipeOperators.prefetchBytes(1000, 8, Schedulers.immediate()))
                .subscribe(sink);
        sink.upstream.request(1);
    }

    @Actor
    public void upstream() {
        source.give(0, 4);
        source.complete();
    }

    @Actor
    public void downstream() {
        sink.upstream.request(1);
        sink.upstream.request(4);
    }

    @Arbiter
    public void account(L_Result result) {
        result.r1 = sink.outcomeOfAll(source.given());
    }
}
