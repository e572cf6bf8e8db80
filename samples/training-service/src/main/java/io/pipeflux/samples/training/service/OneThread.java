package io.pipeflux.samples.training.service;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** A thread for work that may block, one thing after the other. A cancel does not interrupt what it does. */
final class OneThread implements Executor {

    private final ExecutorService thread;
    private final Scheduler scheduler;

    OneThread(String name) {
        thread = Executors.newSingleThreadExecutor(run -> {
            Thread made = new Thread(run, name);
            made.setDaemon(true);
            return made;
        });
        scheduler = Schedulers.fromExecutor(this); // which would interrupt the work of an ExecutorService
    }

    Scheduler scheduler() {
        return scheduler;
    }

    @Override
    public void execute(Runnable work) {
        thread.execute(work);
    }

    /** Ends the thread when it has done what it was given. */
    void shutdown() {
        thread.shutdown();
    }
}
