package io.pipeflux.core.internal;

/**
 * A daemon thread on which the library works, waits and blocks, and on which it calls users' code. An interrupt reaches
 * the users' code only.
 *
 * <p>Where a thread's interrupt flag is set, the JDK closes the channel that the thread reads or writes, and
 * {@code LockSupport.park} returns at once. Users' code sets that flag rightly, when it catches an InterruptedException
 * that it may not throw, and other threads set it at any moment. A pipe that ends for it would lose data, and a loop
 * around {@code park} would use a whole processor.
 *
 * <pre>
 *   shielded (the library's code) --callUnshielded--&gt; open (users' code) --return--&gt; shielded
 *     interrupt: kept                                 interrupt: the flag is set
 *                                                     on entry: set if one was kept
 *                                                     on return: a flag that is set is kept
 * </pre>
 */
public final class ShieldedThread extends Thread {

    private final Object lock = new Object();
    private boolean shielded = true;
    private boolean kept;

    private ShieldedThread(Runnable work, String name) {
        super(work, name);
        setDaemon(true);
    }

    /** A daemon thread, not started. */
    public static ShieldedThread of(Runnable work, String name) {
        return new ShieldedThread(work, name);
    }

    /** Runs users' code: on a shielded thread without its shield, on any other as it is. */
    public static void callUnshielded(Runnable code) {
        if (Thread.currentThread() instanceof ShieldedThread shield && shield.lower()) {
            try {
                code.run();
            } finally {
                shield.raise();
            }
        } else {
            code.run();
        }
    }

    @Override
    public void interrupt() {
        synchronized (lock) {
            if (shielded) {
                kept = true;
            } else {
                super.interrupt();
            }
        }
    }

    /** Returns false if it was low already: a call within a call. */
    private boolean lower() {
        synchronized (lock) {
            boolean was = shielded;
            shielded = false;
            if (kept) {
                kept = false;
                super.interrupt();
            }
            return was;
        }
    }

    private void raise() {
        synchronized (lock) {
            shielded = true;
            kept = Thread.interrupted();
        }
    }
}
