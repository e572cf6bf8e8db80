package io.pipeflux.core.internal;

import java.util.Queue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A place for a thread that runs the tasks of a lock-free queue. Only one thread at a time has the place. The first
 * caller that needs a thread creates it. A thread leaves the place when no task remains, or when another thread
 * replaces it. No method blocks or takes a lock.
 *
 * <pre>{@code
 *   empty --start--> worker --leave, no task remains--> empty
 *                    |    ^
 *                    +----+  start: a new worker replaces this one
 * }</pre>
 */
final class WorkerPlace<W extends WorkerPlace.Worker> {

    private final AtomicReference<@Nullable W> current = new AtomicReference<>();

    /** Returns the thread that has the place, or null if the place is empty. */
    @Nullable
    W current() {
        return current.get();
    }

    /**
     * Starts the thread {@code next}. It replaces the thread {@code replaced} or, if {@code replaced} is null, takes
     * the empty place. If another caller has filled the place first, {@code next} ends without a task, and the thread
     * that has the place is woken.
     *
     * @throws OutOfMemoryError if the system cannot create another thread; the place does not change
     */
    void start(@Nullable W replaced, W next) {
        Worker made = next; // the private field "role" is accessible only through the type Worker
        // the thread is started before other threads rely on it, because starting may fail
        made.start();
        made.role = current.compareAndSet(replaced, next) ? Role.CURRENT : Role.SUPERFLUOUS;
        LockSupport.unpark(made);
        // wakes the replaced thread, so that it ends if it has finished its task and is waiting for the next one
        LockSupport.unpark(replaced);
        W other = current.get();
        if (other != null) {
            LockSupport.unpark(other);
        }
    }

    /**
     * Leaves the place. If a task arrives at the same moment, the thread takes the place again, because the caller that
     * added the task may still have seen this thread in the place, and therefore not have started another one.
     *
     * @return true if the thread has left the place and must end; false if it has taken the place again, or if another
     *     thread has replaced it
     */
    boolean leave(W worker, Queue<?> tasks) {
        return current.compareAndSet(worker, null) && (tasks.isEmpty() || !current.compareAndSet(null, worker));
    }

    private enum Role {
        NEW,
        CURRENT,
        SUPERFLUOUS
    }

    /**
     * A daemon thread that may get the place. After its start, the thread waits until {@link WorkerPlace#start} has
     * decided whether it does.
     */
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
                interrupted(); // clears the interrupt flag; otherwise, park would return immediately
            }
            if (role == Role.CURRENT) {
                work();
            }
        }

        /** Runs tasks until this thread leaves the place or is replaced. */
        abstract void work();
    }
}
