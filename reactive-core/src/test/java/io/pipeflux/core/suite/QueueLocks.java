package io.pipeflux.core.suite;

import java.util.List;
import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Lets threads that must not block wait for the lock of an executor's queue, which other threads hold for moments only.
 * An error thrown inside the lock leaves a dead waiter in it. No later task of that executor would run.
 *
 * <p>Such locks are taken by Reactor, which removes a task that was disposed while it was being scheduled, and by each
 * thread that passes a task to a {@code ThreadPoolExecutor}, as the AWS SDK does on event loops.
 */
public final class QueueLocks implements BlockHoundIntegration {

    @Override
    public void applyTo(BlockHound.Builder builder) {
        for (String task : List.of("WorkerTask", "SchedulerTask", "PeriodicWorkerTask", "PeriodicSchedulerTask")) {
            builder.allowBlockingCallsInside("reactor.core.scheduler." + task, "setFuture")
                    .allowBlockingCallsInside("reactor.core.scheduler." + task, "dispose");
        }
        builder.allowBlockingCallsInside("java.util.concurrent.LinkedBlockingQueue", "offer");
    }
}
