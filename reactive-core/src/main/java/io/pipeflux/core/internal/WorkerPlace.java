package io.pipeflux.core.internal;

import java.util.Queue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The place of the one thread that takes tasks from a lock-free queue. The first caller that needs a thread creates it.
 * The thread leaves when no task is left, or is replaced by another. No method blocks or takes a lock.
 *
 * <pre>
 *   empty --start--&gt; worker --leave, no task left--&gt; empty
 *                    |    ^
 *                    +----+--start in its place
 * </pre>
 */
final class WorkerPlace<W extends WorkerPlace.Worker> {

    private final AtomicReference<@Nullable W> current = new AtomicReference<>();

    /** Returns the thread in the place, or null. */
    @Nullable
    W current() {
        return current.get();
    }

    /**
     * Starts a thread in place of another or of none. If another caller was faster, the new thread ends without a task,
     * and the current one is woken.
     *
     * @throws OutOfMemoryError if the system cannot create another thread; the place does not change
     */
    void start(@Nullable W replaced, W next) {
        Worker made = next; // the role is private to it
        made.start(); // before others rely on it, because it may fail
        made.role = current.compareAndSet(replaced, next) ? Role.CURRENT : Role.SUPERFLUOUS;
        LockSupport.unpark(made);
        LockSupport.unpark(replaced); // it may have finished its task in the meantime and be waiting for the next one
        W other = current.get();
        if (other != null) {
            LockSupport.unpark(other);
        }
    }

    /**
     * Leaves the place. The thread returns to it if a task arrived meanwhile, because the caller that added the task
     * may have seen this thread as still current.
     *
     * @return whether the thread must end
     */
    boolean leave(W worker, Queue<?> tasks) {
        return current.compareAndSet(worker, null) && (tasks.isEmpty() || !current.compareAndSet(null, worker));
    }

    private enum Role {
        NEW,
        CURRENT,
        SUPERFLUOUS
    }

    /** A daemon thread that waits until it knows whether it has the place. */
    abstract static class Worker extends Thread {

        private volatile Role role = Role.NEW;

        Worker(String name, @Nullable ClassLoader classLoader) {
            super(null, null, name, 0, false);
            setDaemon(true);
            setContextClassLoader(classLoader);
        }

        @Override
        public final void run() {
            while (role == Role.NEW) {
                LockSupport.park(this);
                interrupted(); // a thread whose interrupt flag is set does not park
            }
            if (role == Role.CURRENT) {
                work();
            }
        }

        /** Runs tasks until this thread leaves the place or is replaced. */
        abstract void work();
    }
}
