package io.pipeflux.core.suite;

import io.pipeflux.core.suite.ThrowablesContract.Place;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Works as another scheduler does, counts its workers, and throws where a scenario has it throw. */
final class ThrowingScheduler implements Scheduler {

    private final Scheduler delegate = Schedulers.newParallel("throwing", 2, true);
    private final Place place;
    private final Throwable toThrow;
    private final AtomicInteger schedules = new AtomicInteger();

    final AtomicInteger openWorkers = new AtomicInteger();

    ThrowingScheduler(Place place, Throwable toThrow) {
        this.place = place;
        this.toThrow = toThrow;
    }

    @Override
    public Disposable schedule(Runnable task) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Worker createWorker() {
        if (place == Place.CREATE_WORKER) {
            Thrown.sneak(toThrow);
        }
        openWorkers.incrementAndGet();
        return new CountedWorker(delegate.createWorker());
    }

    @Override
    public void dispose() {
        delegate.dispose();
    }

    private final class CountedWorker implements Worker {

        private final Worker worker;

        CountedWorker(Worker worker) {
            this.worker = worker;
        }

        @Override
        public Disposable schedule(Runnable task) {
            int call = schedules.incrementAndGet();
            if (place == Place.SCHEDULE && call == 1 || place == Place.SECOND_SCHEDULE && call >= 2) {
                Thrown.sneak(toThrow);
            }
            if (place == Place.AFTER_SCHEDULE && call == 1) {
                task.run();
                Thrown.sneak(toThrow);
            }
            return worker.schedule(task);
        }

        @Override
        public void dispose() {
            if (!worker.isDisposed()) {
                worker.dispose();
                openWorkers.decrementAndGet();
                if (place == Place.DISPOSE_WORKER) {
                    Thrown.sneak(toThrow);
                }
            }
        }

        @Override
        public boolean isDisposed() {
            return worker.isDisposed();
        }
    }
}
