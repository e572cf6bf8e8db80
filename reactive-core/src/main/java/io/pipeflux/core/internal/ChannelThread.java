package io.pipeflux.core.internal;

import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The thread of one channel subscription. A signal that cannot be emitted immediately on the thread that caused it is
 * emitted on the channel's thread. A subscriber may block while it handles such a signal, because the channel's thread
 * is not an event loop. The channel's thread is a daemon thread, named after the channel. It is created for the first
 * task, and ends when no caller holds it and no task remains. Tasks start in the order in which they were added.
 *
 * <pre>{@code
 *   no thread --execute()--> thread --last release()--> no thread --execute()--> ...
 *                              |
 *                              +-- a task blocks while another task waits: a second thread replaces the first one,
 *                                  which ends after its task
 * }</pre>
 *
 * A task counts as blocked if it runs for longer than 20 ms while other tasks wait. The waiting tasks then continue on
 * a second thread. So readers of several objects of one channel do not wait for each other, and a subscriber that
 * handles one signal may block until another signal of the same channel arrives. However, two tasks may run at the same
 * time. A caller that must emit signals serially needs a drain loop.
 *
 * <p>No method blocks or takes a lock, so all methods may be called on an event loop.
 */
public final class ChannelThread implements Executor {

    private static final long BLOCKED_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final String name;
    private final @Nullable ClassLoader classLoader = Thread.currentThread().getContextClassLoader();
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger holds = new AtomicInteger();
    private final WorkerPlace<Worker> place = new WorkerPlace<>();
    private final AtomicBoolean watched = new AtomicBoolean();

    /** @param channel the name of the channel; the thread's name is {@code pipeflux-} followed by this name */
    public ChannelThread(String channel) {
        this.name = "pipeflux-" + KeyText.printable(Objects.requireNonNull(channel, "channel"));
    }

    /**
     * Prevents the thread from ending while it has no tasks. The thread need not exist yet. Each call of this method
     * must be followed by one call of {@link #release}.
     */
    public void hold() {
        holds.incrementAndGet();
    }

    /** Reverses one call of {@link #hold}. Tasks that were already added are still run. */
    public void release() {
        Worker worker = holds.decrementAndGet() == 0 ? place.current() : null;
        if (worker != null) {
            LockSupport.unpark(worker);
        }
    }

    /**
     * Creates the thread if it does not exist. A caller that holds the thread can use this to report early that a
     * thread could not be created.
     *
     * @throws OutOfMemoryError if the system cannot create another thread
     */
    public void start() {
        if (place.current() == null) {
            place.start(null, new Worker());
        }
    }

    /**
     * Runs a task on the thread. If the task throws, the Throwable is passed to the thread's uncaught exception
     * handler, and the thread continues.
     *
     * @throws OutOfMemoryError if no thread exists and the system cannot create one; the task is not run
     */
    @Override
    public void execute(Runnable task) {
        // without this hold, a thread that was created for the task might end before it sees the task
        hold();
        try {
            tasks.add(task);
            wake();
        } catch (Throwable t) {
            tasks.remove(task);
            throw t;
        } finally {
            release();
        }
    }

    private void wake() {
        Worker worker = place.current();
        if (worker == null) {
            place.start(null, new Worker());
        } else {
            LockSupport.unpark(worker);
            worker.watchIfBusy();
        }
    }

    private final class Worker extends WorkerPlace.Worker {

        /** The number of times a task has started or ended. It is odd while a task runs. */
        private volatile long steps;

        Worker() {
            super(name, classLoader);
        }

        @Override
        void work() {
            // the loop also ends if a task blocked and a second thread has therefore replaced this one
            while (place.current() == this) {
                Runnable task = tasks.poll();
                if (task != null) {
                    run(task);
                } else if (holds.get() > 0) {
                    park();
                } else if (place.leave(this, tasks)) {
                    return;
                }
            }
        }

        private void park() {
            LockSupport.park(ChannelThread.this);
            interrupted(); // clears the interrupt flag; otherwise, park would return immediately
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // only this thread writes the field
        private void run(Runnable task) {
            steps++;
            // A task that is waiting now may have been added while this thread was idle. In that case, the check for a
            // blocked thread has not been scheduled yet.
            if (!tasks.isEmpty()) {
                watchIfBusy();
            }
            try {
                task.run();
            } catch (Throwable t) {
                Uncaught.report(t);
            }
            steps++;
            interrupted(); // clears the interrupt flag, which was meant for the task
        }

        private void watchIfBusy() {
            long step = steps;
            if ((step & 1) == 1 && watched.compareAndSet(false, true)) {
                try {
                    TimerThread.shared().schedule(() -> look(step), BLOCKED_NANOS);
                } catch (Throwable t) { // the timer's thread could not be created; the next task tries again
                    watched.set(false);
                    Uncaught.report(t);
                }
            }
        }

        private void look(long step) {
            watched.set(false);
            if (place.current() != this || tasks.isEmpty()) {
                return;
            }
            if (steps == step) {
                try {
                    place.start(this, new Worker());
                    return;
                } catch (Throwable t) { // no thread could be created
                    Uncaught.report(t);
                }
            }
            watchIfBusy();
        }
    }
}
