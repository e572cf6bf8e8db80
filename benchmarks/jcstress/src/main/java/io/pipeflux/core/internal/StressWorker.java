package io.pipeflux.core.internal;

/** A worker that takes a place like a thread but runs nothing. A stress test creates millions of workers. */
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
