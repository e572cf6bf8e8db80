package io.pipeflux.samples.training.service;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Makes the training wait before its next batch while the gate is closed. */
final class Gate {

    private Sinks.@Nullable Empty<Void> closed; // null while the gate is open

    /** Closes the gate, so that later batches wait. */
    synchronized void close() {
        if (closed == null) {
            closed = Sinks.empty();
        }
    }

    /** Opens the gate, so that a waiting batch continues and later batches do not wait. */
    void open() {
        Sinks.Empty<Void> waiting;
        synchronized (this) {
            waiting = closed;
            closed = null;
        }
        if (waiting != null) {
            waiting.tryEmitEmpty(); // called without holding the lock, because this call runs code of subscribers
        }
    }

    synchronized boolean isOpen() {
        return closed == null;
    }

    /** Returns a Mono that completes when the gate is open. */
    Mono<Void> whenOpen() {
        return Mono.defer(this::opened);
    }

    private synchronized Mono<Void> opened() {
        return closed == null ? Mono.empty() : closed.asMono();
    }
}
