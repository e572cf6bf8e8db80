package io.pipeflux.core.operator;

import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.PipelineMonitor.Cause;
import io.pipeflux.core.PipelineReporter;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/** Reports the state of an operator's queue to the {@link PipelineMonitor} of its subscription, if it has one. */
final class QueueWatch {

    private static final QueueWatch NONE = new QueueWatch(null, null);

    private final @Nullable PipelineReporter reporter;
    private final PipelineReporter.@Nullable WaitPoint waitPoint;

    private QueueWatch(@Nullable PipelineReporter reporter, PipelineReporter.@Nullable WaitPoint waitPoint) {
        this.reporter = reporter;
        this.waitPoint = waitPoint;
    }

    /** @param how returns how the operator works with its neighbours, for {@link PipelineMonitor#steps} */
    static QueueWatch of(ContextView context, String name, Supplier<String> how) {
        PipelineReporter reporter = PipelineReporter.find(context);
        return reporter == null ? NONE : new QueueWatch(reporter, reporter.waitPoint(() -> name, how));
    }

    /** Returns whether a monitor watches. */
    boolean isOn() {
        return reporter != null;
    }

    /** Reports by how much the queue has grown. Negative numbers report that it has shrunk. */
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

    /** Reports what the emitting side of the queue waits for, or null if it does not wait. */
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
