package io.pipeflux.core.internal;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** Two callers notice at the same time that there is no thread, and each caller creates one. */
@JCStressTest
@Outcome(id = "one thread has the place", expect = Expect.ACCEPTABLE, desc = "it runs the tasks of both")
@Outcome(expect = Expect.FORBIDDEN, desc = "nobody runs a task, or two threads do")
@State
public class WorkersStartedStress {

    private final WorkerPlace<StressWorker> place = new WorkerPlace<>();
    private final StressWorker first = new StressWorker();
    private final StressWorker second = new StressWorker();
    private StressWorker seenByFirst;
    private StressWorker seenBySecond;

    @Actor
    public void first() {
        place.start(null, first);
        seenByFirst = place.current();
    }

    @Actor
    public void second() {
        place.start(null, second);
        seenBySecond = place.current();
    }

    @Arbiter
    public void account(L_Result result) {
        StressWorker current = place.current();
        result.r1 = current != null && seenByFirst == current && seenBySecond == current
                ? "one thread has the place"
                : "the place has changed hands, or nobody has it";
    }
}
