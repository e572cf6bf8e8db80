package io.pipeflux.core.internal;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * A caller adds a task, and replaces the worker thread because it seems to be blocked. At the same time, the worker
 * thread exits.
 */
@JCStressTest
@Outcome(id = "one thread has the place", expect = Expect.ACCEPTABLE, desc = "it runs the task")
@Outcome(expect = Expect.FORBIDDEN, desc = "nobody runs the task, or two threads do")
@State
public class WorkerReplacedStress {

    private final Queue<String> tasks = new ConcurrentLinkedQueue<>();
    private final WorkerPlace<StressWorker> place = new WorkerPlace<>();
    private final StressWorker worker = new StressWorker();
    private boolean left;

    public WorkerReplacedStress() {
        place.start(null, worker);
    }

    @Actor
    public void worker() {
        left = place.leave(worker, tasks);
    }

    @Actor
    public void caller() {
        tasks.add("task");
        place.start(worker, new StressWorker());
        if (place.current() == null) {
            place.start(null, new StressWorker());
        }
    }

    @Arbiter
    public void account(L_Result result) {
        StressWorker current = place.current();
        boolean itself = current == worker;
        result.r1 = current != null && !(left && itself)
                ? "one thread has the place"
                : "left: " + left + ", in the place: " + (current == null ? "nobody" : "the one that left");
    }
}
