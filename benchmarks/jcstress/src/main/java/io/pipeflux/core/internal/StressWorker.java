package io.pipeflux.core.internal;

/** Has a place as a thread has it, but runs nothing: a stress test makes millions of them. */
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
