package io.pipeflux.core.operator;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** Rows arrive for a batch while downstream cancels. */
@JCStressTest
@Outcome(id = StressSink.BALANCED, expect = Expect.ACCEPTABLE, desc = "no element is lost or emitted twice")
@Outcome(expect = Expect.FORBIDDEN, desc = "an element is lost or emitted twice")
@State
public class InlineBatchesCancelStress {

    private final StressSource source = new StressSource();
    private final StressSink sink = new StressSink();

    public InlineBatchesCancelStress() {
        source.transform(PipeOperators.mapAndBatch(2, 0, (Integer i) -> i)).subscribe(sink);
        sink.upstream.request(8);
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
