package io.pipeflux.records.batch;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Represents the lifetime of a batch, which ends when the batch is released. Until then, the batch's columns may use
 * their memory. Thread-safe.
 */
final class Lifetime {

    private final Runnable release;
    private final AtomicBoolean over = new AtomicBoolean();

    Lifetime(Runnable release) {
        this.release = release;
    }

    boolean isOver() {
        return over.get();
    }

    void end() {
        if (over.compareAndSet(false, true)) {
            release.run();
        }
    }

    void require(Object what) {
        if (over.get()) {
            throw new IllegalStateException("expected a batch that has its memory, but it was released: " + what
                    + ". Release a batch after its last use; after cache(), replay() or publish(), where others may"
                    + " have it, do not release it");
        }
    }
}
