package io.pipeflux.core.internal;

/**
 * A daemon thread on which Pipeflux runs its own blocking code and calls user code. Only the user code sees interrupts.
 *
 * <p>If a thread's interrupt flag is set, the JDK closes the channel that the thread reads or writes, and
 * {@code LockSupport.park} returns immediately. User code may legitimately set this flag after it has caught an
 * InterruptedException that it cannot rethrow, and other threads may set the flag at any time. Without the shield, this
 * would close pipes and so lose data, and a loop around {@code park} would keep a processor busy.
 *
 * <pre>{@code
 *   shielded: Pipeflux's code --callUnshielded--> open: user code --return--> shielded: Pipeflux's code
 * }</pre>
 *
 * <p>While the thread is shielded, an interrupt is only remembered. A remembered interrupt sets the flag when user code
 * begins. When user code returns, the flag is cleared, and the thread remembers whether it was set.
 */
public final class ShieldedThread extends Thread {

    private final Object lock = new Object();
    private boolean shielded = true;
    private boolean kept;

    private ShieldedThread(Runnable work, String name) {
        super(work, name);
        setDaemon(true);
    }

    /** Returns a new daemon thread that has not been started. */
    public static ShieldedThread of(Runnable work, String name) {
        return new ShieldedThread(work, name);
    }

    /**
     * Runs user code on the current thread. If this is a shielded thread, the shield is lowered while the code runs.
     */
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

    /**
     * Lowers the shield. Returns false if this call is nested in another one that has already lowered the shield.
     */
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
