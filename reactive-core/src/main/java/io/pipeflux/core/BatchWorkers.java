package io.pipeflux.core;

import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;

/**
 * Up to {@code parallelism} workers that clock themselves: one that is awake takes batch after batch until none waits, and
 * is woken only where that pays.
 *
 * <p>A wake-up costs tens of microseconds, a batch of 64 small rows one or two. So the first batch that waits wakes a
 * worker at once, and while that one wakes up, many gather; another is woken only for so many batches that it has a
 * wake-up's worth of work, or where those awake take long or no more groups will come for now. Likewise batches are emitted when no more wait, or {@link #BURST_NANOS} after the first of them.
 *
 * <p>A worker that emits is not counted as one in work: where downstream is slow, another goes on meanwhile.
 */
final class BatchWorkers {

    /** What the workers do. */
    interface Work {
        /** How many groups wait for a worker, more or less. */
        long waiting();

        /** Makes the batch of the next group that waits; false if none does. */
        boolean makeNext();

        /** Emits what can be emitted. */
        void drain();

        /** The scheduler takes no work. */
        void rejected(Throwable t);
    }

    private static final AtomicIntegerFieldUpdater<BatchWorkers> ACTIVE =
            AtomicIntegerFieldUpdater.newUpdater(BatchWorkers.class, "active");

    private static final long BURST_NANOS = 100_000;
    private static final long WAKE_UP_NANOS = 50_000;
    private static final long UNKNOWN_NANOS = 1_000_000;

    private final Scheduler scheduler;
    private final int parallelism;
    private final Work work;
    private final Deque<Scheduler.Worker> idle = new ConcurrentLinkedDeque<>();
    private final Disposable.Composite all = Disposables.composite();

    private volatile int active;
    private volatile long nanosPerBatch = UNKNOWN_NANOS;
    private volatile long lastBegan; // when a batch was last begun
    private volatile boolean slowDownstream;

    BatchWorkers(Scheduler scheduler, int parallelism, Work work) {
        this.scheduler = scheduler;
        this.parallelism = parallelism;
        this.work = work;
    }

    /** A group has come to wait: wakes a worker if that pays, or if those awake are held up. */
    void arrived() {
        int now = active;
        if (now == 0
                || (now < parallelism
                        && (work.waiting() * nanosPerBatch >= WAKE_UP_NANOS
                                || System.nanoTime() - lastBegan >= WAKE_UP_NANOS))) {
            wake();
        }
    }

    /** No more will come for now: the groups that wait get as many workers as there may be. */
    void pausing() {
        long idleWorkers = Math.min(work.waiting(), (long) parallelism - active);
        for (long i = 0; i < idleWorkers; i++) {
            wake();
        }
    }

    private void wake() {
        if (!enter()) {
            return;
        }
        try {
            Scheduler.Worker free = idle.poll();
            Scheduler.Worker worker = free == null ? created() : free;
            worker.schedule(() -> run(worker));
        } catch (RejectedExecutionException e) {
            ACTIVE.decrementAndGet(this);
            work.rejected(e);
        }
    }

    private Scheduler.Worker created() {
        Scheduler.Worker worker = scheduler.createWorker();
        all.add(worker);
        return worker;
    }

    private boolean enter() {
        while (true) {
            int now = active;
            if (now >= parallelism || all.isDisposed()) {
                return false;
            }
            if (ACTIVE.compareAndSet(this, now, now + 1)) {
                return true;
            }
        }
    }

    private void run(Scheduler.Worker worker) {
        do {
            makeForABurst();
            ACTIVE.decrementAndGet(this);
            if (slowDownstream && work.waiting() > 0) {
                arrived();
            }
            long began = System.nanoTime();
            work.drain();
            slowDownstream = System.nanoTime() - began >= WAKE_UP_NANOS;
        } while (work.waiting() > 0 && enter());
        idle.push(worker);
    }

    private void makeForABurst() {
        long began = System.nanoTime();
        lastBegan = began;
        long spent = 0;
        int made = 0;
        while (spent < BURST_NANOS && work.makeNext()) {
            made++;
            long now = System.nanoTime();
            lastBegan = now;
            spent = now - began;
        }
        if (made > 0) {
            nanosPerBatch = spent / made;
        }
    }

    /** Ends all workers; one that blocks is interrupted. */
    void close() {
        all.dispose();
    }
}
