package io.pipeflux.core.operator;

import java.util.function.Function;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.infra.results.L_Result;
import reactor.core.publisher.Flux;

/** Two sources emit while downstream cancels. */
@Outcome(id = StressSink.BALANCED, expect = Expect.ACCEPTABLE, desc = "no element is lost or emitted twice")
@Outcome(expect = Expect.FORBIDDEN, desc = "an element is lost or emitted twice")
public abstract class TwoSourcesCancel extends TwoSources {

    TwoSourcesCancel(Function<Flux<Flux<Integer>>, ? extends Flux<?>> mix) {
        super(mix, 3);
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
        result.r1 = sink.outcome(given());
    }
}
