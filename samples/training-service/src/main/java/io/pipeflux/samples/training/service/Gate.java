package io.pipeflux.samples.training.service;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Lets a training take its next batch, or makes it wait. */
final class Gate {

    private Sinks.@Nullable Empty<Void> closed; // null while it is open

    /** Makes later batches wait. */
    synchronized void close() {
        if (closed == null) {
            closed = Sinks.empty();
        }
    }

    /** Lets the batches go on. */
    void open() {
        Sinks.Empty<Void> waiting;
        synchronized (this) {
            waiting = closed;
            closed = null;
        }
        if (waiting != null) {
            waiting.tryEmitEmpty(); // outside of the lock: it calls those who wait
        }
    }

    synchronized boolean isOpen() {
        return closed == null;
    }

    /** Completes as soon as the gate is open. */
    Mono<Void> whenOpen() {
        return Mono.defer(this::opened);
    }

    private synchronized Mono<Void> opened() {
        return closed == null ? Mono.empty() : closed.asMono();
    }
}
