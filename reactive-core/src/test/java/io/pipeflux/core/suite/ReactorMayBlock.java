package io.pipeflux.core.suite;

import java.util.List;
import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Lets Reactor take the lock of an executor's queue where its own list of exceptions forgets it: a task that was
 * disposed while it was scheduled is taken out of the queue again. An error thrown in there leaves a waiter in the lock
 * for ever, and no later task of that executor runs.
 */
public final class ReactorMayBlock implements BlockHoundIntegration {

    @Override
    public void applyTo(BlockHound.Builder builder) {
        for (String task : List.of("WorkerTask", "SchedulerTask", "PeriodicWorkerTask", "PeriodicSchedulerTask")) {
            builder.allowBlockingCallsInside("reactor.core.scheduler." + task, "setFuture")
                    .allowBlockingCallsInside("reactor.core.scheduler." + task, "dispose");
        }
    }
}
