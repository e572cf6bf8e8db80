package io.pipeflux.core.internal;

import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A daemon thread that runs short tasks at their scheduled times. Scheduling and cancelling take no lock. If a shared
 * timer had a lock, an event loop might have to wait for other users of the timer. BlockHound, if it is active, would
 * end that wait with an error, and so leave the lock unusable for all users.
 *
 * <pre>{@code
 *   schedule --lock-free queue--> the thread's heap, ordered by time --when due--> run
 * }</pre>
 *
 * The thread is created when a task is scheduled, and ends at most 10 s after the last task was run or cancelled.
 */
public final class TimerThread {

    private static final long KEEP_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final TimerThread SHARED = new TimerThread("pipeflux-timer");

    private final String name;
    private final long keepNanos;
    private final Queue<Timed> added = new ConcurrentLinkedQueue<>();
    private final WorkerPlace<Worker> place = new WorkerPlace<>();

    /** @param name the thread's name */
    public TimerThread(String name) {
        this(name, KEEP_NANOS);
    }

    TimerThread(String name, long keepNanos) {
        this.name = name;
        this.keepNanos = keepNanos;
    }

    /**
     * Returns the shared timer. Its tasks must only hand work over to other threads, because a task that blocks delays
     * all other tasks.
     */
    public static TimerThread shared() {
        return SHARED;
    }

    /**
     * Runs a task once. If the task throws, the Throwable is passed to the thread's uncaught exception handler.
     *
     * @param delayNanos the delay in nanoseconds; a negative delay counts as 0
     * @return the scheduled task, which can be cancelled
     * @throws OutOfMemoryError if the system cannot create a thread; the task is not run
     */
    public Timed schedule(Runnable task, long delayNanos) {
        Timed timed = new Timed(task, System.nanoTime() + Math.max(0, delayNanos));
        added.add(timed);
        try {
            wake();
        } catch (Throwable t) {
            timed.cancel();
            throw t;
        }
        return timed;
    }

    private void wake() {
        Worker worker = place.current();
        if (worker == null) {
            place.start(null, new Worker());
        } else {
            LockSupport.unpark(worker);
        }
    }

    /** A task and the time at which it is due. */
    public static final class Timed implements Comparable<Timed> {

        private final AtomicReference<@Nullable Runnable> task;
        private final long time;

        private Timed(Runnable task, long time) {
            this.task = new AtomicReference<>(task);
            this.time = time;
        }

        /**
         * Cancels the task unless it is already running. The reference to the task is dropped immediately, but this
         * object stays in the timer for some seconds.
         */
        public void cancel() {
            task.set(null);
        }

        private boolean isCancelled() {
            return task.get() == null;
        }

        private void run() {
            Runnable due = task.getAndSet(null);
            if (due != null) {
                due.run();
            }
        }

        @Override
        public int compareTo(Timed other) {
            return Long.signum(time - other.time);
        }
    }

    private final class Worker extends WorkerPlace.Worker {

        private final PriorityQueue<Timed> waiting = new PriorityQueue<>();

        Worker() {
            super(name, TimerThread.class.getClassLoader());
        }

        @Override
        void work() {
            long lastTask = System.nanoTime();
            while (true) {
                for (Timed timed = added.poll(); timed != null; timed = added.poll()) {
                    waiting.add(timed);
                }
                Timed first = nextTask();
                long now = System.nanoTime();
                if (first != null && first.time - now <= 0) {
                    waiting.remove();
                    run(first);
                    lastTask = now;
                } else if (first != null) {
                    // the wait is limited, because a cancel does not wake this thread
                    LockSupport.parkNanos(TimerThread.this, Math.min(keepNanos, first.time - now));
                } else if (now - lastTask < keepNanos) {
                    LockSupport.parkNanos(TimerThread.this, keepNanos - (now - lastTask));
                } else if (place.leave(this, added)) {
                    return;
                }
                interrupted(); // clears the interrupt flag; otherwise, park would return immediately
            }
        }

        private @Nullable Timed nextTask() {
            Timed first = waiting.peek();
            while (first != null && first.isCancelled()) {
                waiting.remove();
                first = waiting.peek();
            }
            return first;
        }

        private void run(Timed timed) {
            try {
                timed.run();
            } catch (Throwable t) {
                Uncaught.report(t);
            }
        }
    }
}
