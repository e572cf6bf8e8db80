package io.pipeflux.core.operator;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** One block is being filled and another one is being emitted while downstream cancels. */
@JCStressTest
@Outcome(id = StressSink.BALANCED, expect = Expect.ACCEPTABLE, desc = "no element is lost or emitted twice")
@Outcome(expect = Expect.FORBIDDEN, desc = "an element is lost or emitted twice")
@State
public class ShuffleCancelStress {

    private final StressSource source = new StressSource();
    private final StressSink sink = new StressSink();

    public ShuffleCancelStress() {
        source.transform(PipeOperators.shuffle(2, 42)).subscribe(sink);
        sink.upstream.request(1);
    }

    @Actor
    public void upstream() {
        source.give(0, 5);
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
