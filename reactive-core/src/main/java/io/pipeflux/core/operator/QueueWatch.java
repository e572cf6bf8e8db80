package io.pipeflux.core.operator;

import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.PipelineMonitor.Cause;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/** What an operator with a queue tells the {@link PipelineMonitor} of its subscription; nothing if there is none. */
final class QueueWatch {

    private static final QueueWatch NONE = new QueueWatch(null, null);

    private final @Nullable PipelineMonitor monitor;
    private final PipelineMonitor.@Nullable Place place;

    private QueueWatch(@Nullable PipelineMonitor monitor, PipelineMonitor.@Nullable Place place) {
        this.monitor = monitor;
        this.place = place;
    }

    static QueueWatch of(ContextView context, String name) {
        PipelineMonitor monitor = PipelineMonitor.given(context);
        return monitor == null ? NONE : new QueueWatch(monitor, monitor.place(() -> name));
    }

    /** The queue has grown by so much, or shrunk. */
    void queued(long elements, long bytes) {
        if (monitor != null) {
            monitor.queued(elements, bytes);
        }
    }

    void emitsBatch() {
        if (monitor != null) {
            monitor.addBatches(1);
        }
        waitsFor(null);
    }

    /** What the queue's exit waits for; null: it does not wait. */
    void waitsFor(@Nullable Cause cause) {
        if (place != null) {
            if (cause == null) {
                place.go();
            } else {
                place.waitFor(cause);
            }
        }
    }

    void close() {
        if (place != null) {
            place.close();
        }
    }
}
