package io.pipeflux.core.operator;

import io.pipeflux.core.internal.Guarded;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** One thread passes elements and the completion signal downstream while a request fails on another thread. */
@JCStressTest
@Outcome(id = StressSink.BALANCED, expect = Expect.ACCEPTABLE, desc = "one end, and no element is lost")
@Outcome(expect = Expect.FORBIDDEN, desc = "no end, two ends, or an element is lost or emitted twice")
@State
public class GuardedRequestFailsStress {

    private final StressSource source = new StressSource();
    private final StressSink sink = new StressSink();

    public GuardedRequestFailsStress() {
        Guarded.map(source, i -> i).subscribe(sink);
        sink.upstream.request(1);
        source.failRequests();
    }

    @Actor
    public void upstream() {
        source.give(0, 3);
        source.complete();
    }

    @Actor
    public void downstream() {
        sink.upstream.request(8);
    }

    @Arbiter
    public void account(L_Result result) {
        result.r1 = sink.outcomeOfOneEnd(source.given());
    }
}
