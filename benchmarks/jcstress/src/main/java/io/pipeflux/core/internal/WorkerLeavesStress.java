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

/** A task arrives while the idle worker thread that should run the task is exiting. */
@JCStressTest
@Outcome(id = "the thread stays", expect = Expect.ACCEPTABLE, desc = "it saw the task")
@Outcome(id = "another thread has the place", expect = Expect.ACCEPTABLE, desc = "the task's caller made it")
@Outcome(expect = Expect.FORBIDDEN, desc = "nobody runs the task, or two threads do")
@State
public class WorkerLeavesStress {

    private final Queue<String> tasks = new ConcurrentLinkedQueue<>();
    private final WorkerPlace<StressWorker> place = new WorkerPlace<>();
    private final StressWorker worker = new StressWorker();
    private boolean left;

    public WorkerLeavesStress() {
        place.start(null, worker);
    }

    @Actor
    public void worker() {
        left = place.leave(worker, tasks);
    }

    @Actor
    public void caller() {
        tasks.add("task");
        if (place.current() == null) {
            place.start(null, new StressWorker());
        }
    }

    @Arbiter
    public void account(L_Result result) {
        StressWorker current = place.current();
        result.r1 = !left && current == worker
                ? "the thread stays"
                : left && current != null && current != worker
                        ? "another thread has the place"
                        : "left: " + left + ", in the place: " + (current == null ? "nobody" : current == worker);
    }
}
