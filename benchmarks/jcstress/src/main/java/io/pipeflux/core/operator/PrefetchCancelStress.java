package io.pipeflux.core.operator;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;
import reactor.core.scheduler.Schedulers;

/** Elements arrive and are passed on while downstream cancels. */
@JCStressTest
@Outcome(id = StressSink.BALANCED, expect = Expect.ACCEPTABLE, desc = "no element is lost or emitted twice")
@Outcome(expect = Expect.FORBIDDEN, desc = "an element is lost or emitted twice")
@State
public class PrefetchCancelStress {

    private final StressSource source = new StressSource();
    private final StressSink sink = new StressSink();

    public PrefetchCancelStress() {
        source.transform(PipeOperators.prefetchBytes(1000, 8, Schedulers.immediate()))
                .subscribe(sink);
        sink.upstream.request(1);
    }

    @Actor
    public void upstream() {
        source.give(0, 3);
    }

    @Actor
    public void downstream() {
        sink.upstream.cancel();
    }

    @Arbiter
    public void account(L_Result result) {
        result.r1 = sink.outcome(source.given());
    }
}
