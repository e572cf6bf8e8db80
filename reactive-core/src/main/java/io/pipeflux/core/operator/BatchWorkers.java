package io.pipeflux.core.operator;

import io.pipeflux.core.internal.Throwables;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import reactor.core.scheduler.Scheduler;
import reactor.util.context.Context;

/**
 * Up to {@code parallelism} workers that clock themselves: one that is awake takes batch after batch until none waits,
 * and is woken only where that pays.
 *
 * <p>A wake-up costs tens of microseconds, a batch of 64 small rows one or two. So the first batch that waits wakes a
 * worker at once, and while that one wakes up, many gather; another is woken only for so many batches that it has a
 * wake-up's worth of work, or where those awake take long or no more groups will come for now. Likewise batches are
 * emitted when no more wait, or {@link #BURST_NANOS} after the first of them.
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

        /** Something was thrown that is no batch's own error. */
        void failed(Throwable t);
    }

    private static final AtomicIntegerFieldUpdater<BatchWorkers> ACTIVE =
            AtomicIntegerFieldUpdater.newUpdater(BatchWorkers.class, "active");

    private static final long BURST_NANOS = 100_000;
    private static final long WAKE_UP_NANOS = 50_000;
    private static final long UNKNOWN_NANOS = 1_000_000;

    private final Scheduler scheduler;
    private final int parallelism;
    private final Work work;
    private final Context context;
    private final Deque<Scheduler.Worker> idle = new ConcurrentLinkedDeque<>();
    private final Queue<Scheduler.Worker> all = new ConcurrentLinkedQueue<>();

    private volatile boolean closed;
    private volatile int active;
    private volatile long nanosPerBatch = UNKNOWN_NANOS;
    private volatile long lastBegan; // when a batch was last begun
    private volatile boolean slowDownstream;

    BatchWorkers(Scheduler scheduler, int parallelism, Work work, Context context) {
        this.scheduler = scheduler;
        this.parallelism = parallelism;
        this.work = work;
        this.context = context;
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
        WakeUp wakeUp = null;
        try {
            Scheduler.Worker free = idle.poll();
            wakeUp = new WakeUp(free == null ? created() : free);
            wakeUp.worker.schedule(wakeUp);
        } catch (Throwable t) {
            if (wakeUp == null || wakeUp.begin()) {
                ACTIVE.decrementAndGet(this);
                work.rejected(t);
            } else {
                work.failed(t); // it runs in spite of that
            }
        }
    }

    /** A worker is asked to work: it does so once, or its scheduler has refused it. */
    private final class WakeUp implements Runnable {

        private final Scheduler.Worker worker;
        private final AtomicBoolean begun = new AtomicBoolean();

        WakeUp(Scheduler.Worker worker) {
            this.worker = worker;
        }

        boolean begin() {
            return begun.compareAndSet(false, true);
        }

        @Override
        public void run() {
            if (begin()) {
                BatchWorkers.this.run(worker);
            }
        }
    }

    private Scheduler.Worker created() {
        Scheduler.Worker worker = scheduler.createWorker();
        all.add(worker);
        if (closed) {
            close(); // again: nobody may have seen this one
        }
        return worker;
    }

    private boolean enter() {
        while (true) {
            int now = active;
            if (now >= parallelism || closed) {
                return false;
            }
            if (ACTIVE.compareAndSet(this, now, now + 1)) {
                return true;
            }
        }
    }

    private void run(Scheduler.Worker worker) {
        try {
            do {
                try {
                    makeForABurst();
                } finally {
                    ACTIVE.decrementAndGet(this);
                }
                if (slowDownstream && work.waiting() > 0) {
                    arrived();
                }
                long began = System.nanoTime();
                work.drain();
                slowDownstream = System.nanoTime() - began >= WAKE_UP_NANOS;
            } while (work.waiting() > 0 && enter());
            idle.push(worker);
        } catch (Throwable t) {
            work.failed(t);
        }
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
        closed = true;
        for (Scheduler.Worker worker = all.poll(); worker != null; worker = all.poll()) {
            try {
                worker.dispose();
            } catch (Throwable t) { // there are others
                Throwables.drop(t, context);
            }
        }
    }
}
