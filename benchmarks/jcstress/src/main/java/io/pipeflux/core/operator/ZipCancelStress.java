package io.pipeflux.core.operator;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;
import reactor.core.publisher.Flux;

/** Two sources emit while downstream cancels. */
@JCStressTest
@Outcome(id = StressSink.BALANCED, expect = Expect.ACCEPTABLE, desc = "no element is lost or emitted twice")
@Outcome(expect = Expect.FORBIDDEN, desc = "an element is lost or emitted twice")
@State
public class ZipCancelStress {

    private final StressSource first = new StressSource();
    private final StressSource second = new StressSource();
    private final StressSink sink = new StressSink();

    public ZipCancelStress() {
        Flux.<Flux<Integer>>just(first, second)
                .transform(PipeOperators.zip(WhenOneEnds.FAIL))
                .subscribe(sink);
        sink.upstream.request(3);
    }

    @Actor
    public void upstream() {
        first.give(0, 2);
        second.give(0, 2);
    }

    @Actor
    public void downstream() {
        sink.upstream.cancel();
    }

    @Arbiter
    public void account(L_Result result) {
        result.r1 = sink.outcome(first.given() + second.given());
    }
}
