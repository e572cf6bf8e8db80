package io.pipeflux.core.operator;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;
import reactor.util.context.Context;

/**
 * One thread adds a row while another thread discards all rows. Exactly one of the two threads must discard the new
 * row.
 */
@JCStressTest
@Outcome(id = "found by the one who discards", expect = Expect.ACCEPTABLE, desc = "it was there in time")
@Outcome(id = "left to the one who adds", expect = Expect.ACCEPTABLE, desc = "it came too late")
@Outcome(expect = Expect.FORBIDDEN, desc = "both have it, or nobody")
@State
public class RowsStress {

    private final Rows rows = new Rows(2);
    private final AtomicInteger discarded = new AtomicInteger();
    private final Consumer<?> discard = each -> discarded.incrementAndGet();
    private boolean added;

    @Actor
    public void reader() {
        added = rows.add("row");
    }

    @Actor
    public void canceller() {
        rows.discard(Context.of("reactor.onDiscard.local", discard));
    }

    @Arbiter
    public void account(L_Result result) {
        int count = discarded.get();
        result.r1 = added && count == 1
                ? "found by the one who discards"
                : !added && count == 0 ? "left to the one who adds" : "added " + added + ", discarded " + count;
    }
}
