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
 * The thread of one channel subscription. Signals that could not be emitted at once are emitted on it, so its
 * subscriber may block there. It is a daemon thread, named after the channel. It is created for the first task, and
 * ends when no caller holds it and no task is left. Tasks start in the order of their arrival.
 *
 * <pre>
 *   no thread --execute--&gt; thread --last release--&gt; no thread --execute--&gt; ...
 *                           |
 *                           +--a task blocks while another waits: a second thread takes over;
 *                              the first one ends after its task
 * </pre>
 *
 * A task that runs for longer than 20 ms while others wait counts as blocked: the others continue on a second thread.
 * So readers of several objects of one channel do not wait for each other, and a subscriber may block in a signal until
 * another signal of the same channel arrives. Two tasks may therefore run at the same time: a caller that must signal
 * serially needs a drain loop.
 *
 * <p>No method blocks or takes a lock, so all of them may be called on an event loop.
 */
public final class ChannelThread implements Executor {

    private static final long BLOCKED_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final String name;
    private final @Nullable ClassLoader classLoader = Thread.currentThread().getContextClassLoader();
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger holds = new AtomicInteger();
    private final WorkerPlace<Worker> place = new WorkerPlace<>();
    private final AtomicBoolean watched = new AtomicBoolean();

    /** @param channel the name of the channel; the thread's name is {@code pipeflux-} and this name */
    public ChannelThread(String channel) {
        this.name = "pipeflux-" + KeyText.printable(Objects.requireNonNull(channel, "channel"));
    }

    /**
     * Keeps the thread alive, once it has been created, until {@link #release} has been called as often as this method.
     */
    public void hold() {
        holds.incrementAndGet();
    }

    /** Gives up a {@link #hold}. Tasks that were added before are still run. */
    public void release() {
        Worker worker = holds.decrementAndGet() == 0 ? place.current() : null;
        if (worker != null) {
            LockSupport.unpark(worker);
        }
    }

    /**
     * Creates the thread if it does not exist. A caller that holds the thread can thus report early that none could be
     * created.
     *
     * @throws OutOfMemoryError if the system cannot create another thread
     */
    public void start() {
        if (place.current() == null) {
            place.start(null, new Worker());
        }
    }

    /**
     * Runs a task on the thread. If the task throws, the thread's handler of uncaught exceptions gets the Throwable,
     * and the thread continues.
     *
     * @throws OutOfMemoryError if no thread exists and the system cannot create one; the task is not run
     */
    @Override
    public void execute(Runnable task) {
        hold(); // otherwise a thread created for the task might end before it sees the task
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

        /** Odd while a task runs. */
        private volatile long steps;

        Worker() {
            super(name, classLoader);
        }

        @Override
        void work() {
            while (place.current() == this) { // otherwise it counted as blocked and was replaced
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
            interrupted(); // a thread whose interrupt flag is set does not park
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // by this thread alone
        private void run(Runnable task) {
            steps++;
            if (!tasks.isEmpty()) { // the caller that added a task may have seen this thread idle
                watchIfBusy();
            }
            try {
                task.run();
            } catch (Throwable t) {
                Uncaught.report(t);
            }
            steps++;
            interrupted(); // the flag was meant for the task
        }

        private void watchIfBusy() {
            long step = steps;
            if ((step & 1) == 1 && watched.compareAndSet(false, true)) {
                try {
                    TimerThread.shared().schedule(() -> look(step), BLOCKED_NANOS);
                } catch (Throwable t) { // no thread for the timer could be created: the next task tries again
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
                } catch (Throwable t) { // no thread could be created now
                    Uncaught.report(t);
                }
            }
            watchIfBusy();
        }
    }
}
