package io.pipeflux.samples.training.service;

import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Lets a training take its next batch, or makes it wait. */
final class Gate {

    private Sinks.Empty<Void> opened = open(Sinks.empty());

    private static Sinks.Empty<Void> open(Sinks.Empty<Void> closed) {
        closed.tryEmitEmpty();
        return closed;
    }

    private synchronized Sinks.Empty<Void> current() {
        return opened;
    }

    /** Makes later batches wait. */
    synchronized void close() {
        opened = Sinks.empty();
    }

    /** Lets the batches go on. */
    void open() {
        current().tryEmitEmpty(); // outside of the lock: it calls those who wait
    }

    /** Completes as soon as the gate is open. */
    Mono<Void> whenOpen() {
        return Mono.defer(() -> current().asMono());
    }
}
