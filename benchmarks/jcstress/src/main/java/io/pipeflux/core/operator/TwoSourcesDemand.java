package io.pipeflux.core.operator;

import java.util.function.Function;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.infra.results.L_Result;
import reactor.core.publisher.Flux;

/** Two sources emit and complete while downstream requests. */
@Outcome(id = StressSink.BALANCED, expect = Expect.ACCEPTABLE, desc = "all elements are emitted, and one end")
@Outcome(expect = Expect.FORBIDDEN, desc = "an element or the end is lost or sent twice")
public abstract class TwoSourcesDemand extends TwoSources {

    TwoSourcesDemand(Function<Flux<Flux<Integer>>, ? extends Flux<?>> mix) {
        super(mix, 1);
    }

    @Actor
    public void upstream() {
        giveAll(first);
        giveAll(second);
    }

    @Actor
    public void downstream() {
        sink.upstream.request(1);
        sink.upstream.request(3);
    }

    @Arbiter
    public void account(L_Result result) {
        result.r1 = sink.outcomeOfAll(given());
    }
}
