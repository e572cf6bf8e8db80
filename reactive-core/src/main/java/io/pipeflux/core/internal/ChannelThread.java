package io.pipeflux.core.internal;

import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The thread of one channel subscription, on which its subscriber gets what it had to wait for. The subscriber may block
 * there. The thread is a daemon, is named after the channel, is made for the first task and ends when nobody holds it any
 * more and no task is left. Tasks run in the order in which they came.
 *
 * <pre>
 *   no thread --execute--&gt; thread --last release--&gt; no thread --execute--&gt; ...
 *                           |
 *                           +--a task blocks while another waits: a second thread takes over; the first ends after its task
 * </pre>
 *
 * A task that runs for longer than 20 ms while others wait is taken for blocked: the others go on in a second thread. So
 * readers of several objects of one channel do not wait for one another, and a subscriber may block in a signal until
 * another signal of the same channel arrives. Whoever needs signals in series serialises them, as a drain loop does.
 *
 * <p>No method blocks or takes a lock, so event loops may call all of them.
 */
public final class ChannelThread implements Executor {

    private static final long BLOCKED_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final String name;
    private final @Nullable ClassLoader classLoader = Thread.currentThread().getContextClassLoader();
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger holds = new AtomicInteger();
    private final AtomicReference<@Nullable Worker> current = new AtomicReference<>();
    private final AtomicBoolean watched = new AtomicBoolean();

    /** @param channel as messages name it; the thread is {@code pipeflux-} and this */
    public ChannelThread(String channel) {
        this.name = "pipeflux-" + Objects.requireNonNull(channel, "channel");
    }

    /** Keeps the thread, once it is made, until {@link #release} was called as often. */
    public void hold() {
        holds.incrementAndGet();
    }

    /** Gives up a {@link #hold}. The tasks that were handed in before are still run. */
    public void release() {
        Worker worker = holds.decrementAndGet() == 0 ? current.get() : null;
        if (worker != null) {
            LockSupport.unpark(worker);
        }
    }

    /**
     * Makes the thread if there is none, so that {@link #execute} need not: for a caller that holds it, and that can
     * report here that no thread could be made.
     *
     * @throws OutOfMemoryError if the system gives no further thread
     */
    public void start() {
        if (current.get() == null) {
            newWorker(null);
        }
    }

    /**
     * Runs a task on the thread. What it throws goes to the thread's handler of uncaught exceptions, and the thread goes
     * on.
     *
     * @throws OutOfMemoryError if there is no thread and the system gives none; the task is not run
     */
    @Override
    public void execute(Runnable task) {
        hold(); // or a thread that is made for it might end before it has seen it
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
        Worker worker = current.get();
        if (worker == null) {
            newWorker(null);
        } else {
            LockSupport.unpark(worker);
            worker.watchIfBusy();
        }
    }

    /** Makes a thread in place of another or of none, unless somebody else does. */
    private void newWorker(@Nullable Worker replaced) {
        Worker next = new Worker();
        next.start(); // before others rely on it: it may fail
        next.role = current.compareAndSet(replaced, next) ? Role.CURRENT : Role.SUPERFLUOUS;
        LockSupport.unpark(next);
        Worker other = current.get();
        if (other != null) {
            LockSupport.unpark(other);
        }
    }

    private enum Role {
        NEW,
        CURRENT,
        SUPERFLUOUS
    }

    private final class Worker extends Thread {

        private volatile Role role = Role.NEW;

        /** Odd while a task runs. */
        private volatile long steps;

        Worker() {
            super(null, null, name, 0, false);
            setDaemon(true);
            setContextClassLoader(classLoader);
        }

        @Override
        public void run() {
            while (role == Role.NEW) {
                park();
            }
            while (role == Role.CURRENT && current.get() == this) { // else it was taken for blocked and replaced
                Runnable task = tasks.poll();
                if (task != null) {
                    run(task);
                } else if (holds.get() > 0) {
                    park();
                } else if (hasEnded()) {
                    return;
                }
            }
        }

        private void park() {
            LockSupport.park(ChannelThread.this);
            interrupted(); // or it would not park again
        }

        /** Leaves; but a task that arrived meanwhile may have found this thread still current. */
        private boolean hasEnded() {
            return current.compareAndSet(this, null) && (tasks.isEmpty() || !current.compareAndSet(null, this));
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // by this thread alone
        private void run(Runnable task) {
            steps++;
            if (!tasks.isEmpty()) { // whoever added it may have found this thread idle
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
                } catch (Throwable t) { // there is no thread for the timer: the next task tries again
                    watched.set(false);
                    Uncaught.report(t);
                }
            }
        }

        private void look(long step) {
            watched.set(false);
            if (current.get() != this || tasks.isEmpty()) {
                return;
            }
            if (steps == step) {
                try {
                    newWorker(this);
                    return;
                } catch (Throwable t) { // no thread is given now
                    Uncaught.report(t);
                }
            }
            watchIfBusy();
        }
    }
}
