package io.pipeflux.samples.training.service;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** A thread that runs blocking tasks, one after another. Cancelling a task does not interrupt it. */
final class OneThread implements Executor {

    private final ExecutorService thread;
    private final Scheduler scheduler;

    OneThread(String name) {
        thread = Executors.newSingleThreadExecutor(run -> {
            Thread made = new Thread(run, name);
            made.setDaemon(true);
            return made;
        });
        // if the ExecutorService were passed here, the scheduler would interrupt cancelled tasks
        scheduler = Schedulers.fromExecutor(this);
    }

    Scheduler scheduler() {
        return scheduler;
    }

    @Override
    public void execute(Runnable work) {
        thread.execute(work);
    }

    /** Ends the thread after it has run the tasks that were already submitted. */
    void shutdown() {
        thread.shutdown();
    }
}
