package io.pipeflux.core.internal;

/**
 * A worker that occupies a {@link WorkerPlace} but never starts its thread, because a stress test creates millions of
 * workers.
 */
final class StressWorker extends WorkerPlace.Worker {

    StressWorker() {
        super("stress", null);
    }

    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized")
    public void start() {}

    @Override
    void work() {}
}
