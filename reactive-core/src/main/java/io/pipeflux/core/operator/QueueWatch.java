package io.pipeflux.core.operator;

import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.PipelineMonitor.Cause;
import io.pipeflux.core.PipelineReporter;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/** Reports the state of an operator's queue to the subscription's {@link PipelineMonitor}, if there is one. */
final class QueueWatch {

    private static final QueueWatch NONE = new QueueWatch(null, null);

    private final @Nullable PipelineReporter reporter;
    private final PipelineReporter.@Nullable WaitPoint waitPoint;

    private QueueWatch(@Nullable PipelineReporter reporter, PipelineReporter.@Nullable WaitPoint waitPoint) {
        this.reporter = reporter;
        this.waitPoint = waitPoint;
    }

    /**
     * Returns the watch for an operator. The watch does nothing if the subscription has no monitor.
     *
     * @param how supplies the operator's description in {@link PipelineMonitor#steps}
     */
    static QueueWatch of(ContextView context, String name, Supplier<String> how) {
        PipelineReporter reporter = PipelineReporter.find(context);
        return reporter == null ? NONE : new QueueWatch(reporter, reporter.waitPoint(() -> name, how));
    }

    /** Returns whether a monitor receives the reports. */
    boolean isOn() {
        return reporter != null;
    }

    /**
     * Reports that the queue has grown by the given numbers of elements and bytes, or has shrunk if they are negative.
     */
    void queued(long elements, long bytes) {
        if (reporter != null) {
            reporter.queued(elements, bytes);
        }
    }

    void emitsBatch() {
        if (reporter != null) {
            reporter.addBatches(1);
        }
        waitsFor(null);
    }

    /** Reports why the emitting thread is waiting. A null cause means that it is not waiting. */
    void waitsFor(@Nullable Cause cause) {
        if (waitPoint != null) {
            if (cause == null) {
                waitPoint.go();
            } else {
                waitPoint.waitFor(cause);
            }
        }
    }

    void close() {
        if (waitPoint != null) {
            waitPoint.close();
        }
    }
}
