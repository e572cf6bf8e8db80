package io.pipeflux.core.operator;

import io.pipeflux.core.internal.Throwables;
import io.pipeflux.core.internal.TimerThread;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import reactor.core.scheduler.Scheduler;
import reactor.util.context.Context;

/**
 * Makes batches on up to {@code parallelism} workers. A worker that is awake makes one batch after the other until no
 * group of rows remains. An additional worker is woken only if its work is worth the cost of waking it.
 *
 * <p>Waking a worker takes tens of microseconds, but making a batch of 64 small rows takes only one or two
 * microseconds. The first group wakes a worker immediately, and many more groups arrive while this worker wakes up. An
 * additional worker is woken in three cases: the waiting groups amount to at least {@link #BACKLOG_NANOS} of work, no
 * worker has begun a batch in the last {@link #BACKLOG_NANOS}, or no more groups will arrive for now. In all other
 * cases, the additional worker would only take processor time from the reader. Because the workers may suddenly become
 * slower, these conditions are checked again while groups wait. For the same reason, a worker emits its finished
 * batches when no group remains, or {@link #BURST_NANOS} after it began the first of these batches.
 *
 * <p>A worker that emits does not count as active. If downstream is slow, a different worker makes batches in the
 * meantime.
 */
final class BatchWorkers {

    /** The operator's methods that the workers call. */
    interface Work {
        /** Returns the approximate number of groups that wait for a worker. */
        long waiting();

        /** Makes the batch of the next group that waits. Returns false if none waits. */
        boolean makeNext();

        /** Emits the batches that can be emitted. */
        void drain();

        /** Handles the rejection of a worker's task by the scheduler. */
        void rejected(Throwable t);

        /** Handles a Throwable that does not belong to a particular batch. */
        void failed(Throwable t);
    }

    private static final AtomicIntegerFieldUpdater<BatchWorkers> ACTIVE =
            AtomicIntegerFieldUpdater.newUpdater(BatchWorkers.class, "active");

    private static final AtomicIntegerFieldUpdater<BatchWorkers> WATCHED =
            AtomicIntegerFieldUpdater.newUpdater(BatchWorkers.class, "watched");

    private static final long BURST_NANOS = 100_000;
    private static final long WAKE_UP_NANOS = 50_000;
    private static final long BACKLOG_NANOS = 500_000;
    private static final long WATCH_NANOS = 2_000_000;
    private static final long UNKNOWN_NANOS = 1_000_000;

    private final Scheduler scheduler;
    private final int parallelism;
    private final Work work;
    private final Context context;
    private final Deque<Scheduler.Worker> idle = new ConcurrentLinkedDeque<>();
    private final Queue<Scheduler.Worker> all = new ConcurrentLinkedQueue<>();

    private volatile boolean closed;
    private volatile int active;

    /** 1 while a check is scheduled, otherwise 0. */
    @SuppressWarnings("UnusedVariable") // accessed through WATCHED
    private volatile int watched;

    private volatile long nanosPerBatch = UNKNOWN_NANOS;
    private volatile long lastBegan; // the value of System.nanoTime() when a batch was last begun
    private volatile boolean slowDownstream;

    BatchWorkers(Scheduler scheduler, int parallelism, Work work, Context context) {
        this.scheduler = scheduler;
        this.parallelism = parallelism;
        this.work = work;
        this.context = context;
    }

    /**
     * Wakes a worker if none is awake, or if the workers that are awake cannot keep up. Called when a group has
     * arrived.
     */
    void arrived() {
        int now = active;
        if (now == 0 || (now < parallelism && (isBacklog() || System.nanoTime() - lastBegan >= BACKLOG_NANOS))) {
            wake();
        } else if (now < parallelism && work.waiting() > 0) {
            watch();
        }
    }

    /** Schedules a check that detects whether the workers have become slower. */
    private void watch() {
        if (WATCHED.compareAndSet(this, 0, 1)) {
            try {
                TimerThread.shared().schedule(this::look, WATCH_NANOS);
            } catch (Throwable t) { // the timer could not start its thread; the next group to arrive tries again
                watched = 0;
            }
        }
    }

    private void look() {
        watched = 0;
        int now = active;
        if (!closed && now > 0 && now < parallelism && work.waiting() > 0) {
            if (System.nanoTime() - lastBegan >= BACKLOG_NANOS) {
                wake();
            }
            watch();
        }
    }

    /**
     * Does the same as {@link #arrived}, but wakes a first worker only if the waiting groups are worth the cost. Called
     * when a group has arrived in a run, that is, when more rows follow immediately.
     */
    void arrivedAmongOthers() {
        if (active == 0) {
            if (isWorthAWakeUp()) {
                wake();
            }
        } else {
            arrived();
        }
    }

    private boolean isBacklog() {
        return work.waiting() * nanosPerBatch >= BACKLOG_NANOS;
    }

    private boolean isWorthAWakeUp() {
        return work.waiting() * nanosPerBatch >= WAKE_UP_NANOS;
    }

    /**
     * Wakes one worker for each waiting group, but no more workers than the parallelism permits. Called when no more
     * groups will arrive for now.
     */
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
                work.failed(t); // the task runs in spite of the exception
            }
        }
    }

    /** The task that wakes a worker. It runs once, unless the scheduler rejects it. */
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
            close(); // again, because the first close may have missed this worker
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

    /** Disposes all workers. This interrupts a worker that blocks. */
    void close() {
        closed = true;
        for (Scheduler.Worker worker = all.poll(); worker != null; worker = all.poll()) {
            try {
                worker.dispose();
            } catch (Throwable t) { // the other workers must still be disposed
                Throwables.drop(t, context);
            }
        }
    }
}
