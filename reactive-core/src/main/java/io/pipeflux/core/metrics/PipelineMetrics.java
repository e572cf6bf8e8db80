package io.pipeflux.core.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.PipelineMonitor.Cause;
import io.pipeflux.core.internal.KeyText;
import java.util.Locale;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/**
 * Publishes the figures of a {@link PipelineMonitor} as Micrometer meters. Each meter has the tag {@code pipeline},
 * whose value is the monitor's name:
 *
 * <pre>{@code
 * PipelineMonitor monitor = PipelineMonitor.create("train");
 * PipelineMetrics.of(monitor).bindTo(registry);
 * batches.contextWrite(monitor.watch()).subscribe(...);
 * }</pre>
 *
 * <table>
 * <caption>Meters</caption>
 * <tr><th>name</th><th>type</th><th>unit</th><th>counts or measures</th></tr>
 * <tr><td>pipeflux.bytes</td><td>counter</td><td>bytes</td><td>bytes read from pipes or objects</td></tr>
 * <tr><td>pipeflux.verified.bytes</td><td>counter</td><td>bytes</td><td>bytes verified by a checksum of their whole
 *     object</td></tr>
 * <tr><td>pipeflux.cached.bytes</td><td>counter</td><td>bytes</td><td>bytes read from a cache on the
 *     local disk</td></tr>
 * <tr><td>pipeflux.records</td><td>counter</td><td>records</td><td>records decoded</td></tr>
 * <tr><td>pipeflux.bad.records</td><td>counter</td><td>records</td><td>corrupt records that were skipped</td></tr>
 * <tr><td>pipeflux.batches</td><td>counter</td><td>batches</td><td>batches created</td></tr>
 * <tr><td>pipeflux.stalled</td><td>counter</td><td>seconds</td><td>time waited, by the tag {@code cause}: {@code pipe},
 *     {@code writer}, {@code reader}, {@code bytes}, {@code room}, {@code list}, {@code object}, {@code upstream},
 *     {@code demand}; includes waits in progress</td></tr>
 * <tr><td>pipeflux.queue.elements</td><td>gauge</td><td>elements</td><td>elements in queues</td></tr>
 * <tr><td>pipeflux.queue.bytes</td><td>gauge</td><td>bytes</td><td>bytes in queues and windows</td></tr>
 * <tr><td>pipeflux.epoch</td><td>gauge</td><td></td><td>the logical epoch that is being read</td></tr>
 * <tr><td>pipeflux.progress</td><td>gauge</td><td>percent</td><td>the part of the epoch's bytes that was read; NaN if
 *     the total is unknown</td></tr>
 * <tr><td>pipeflux.known.bytes</td><td>gauge</td><td>bytes</td><td>the total size of those objects of the epoch whose
 *     sizes are known so far. The epoch has at least this number of bytes, and exactly this number if
 *     {@code pipeflux.progress} is not NaN</td></tr>
 * <tr><td>pipeflux.known.objects</td><td>gauge</td><td>objects</td><td>objects of the epoch that are known so
 *     far</td></tr>
 * <tr><td>pipeflux.time.left</td><td>gauge</td><td>seconds</td><td>time until the epoch's end, estimated from the rate
 * so far; NaN if unknown</td></tr>
 * </table>
 *
 * <p>A registry holds only a weak reference to the monitor. After the monitor is garbage-collected, gauges become NaN
 * and counters keep their values. Reading a meter costs the pipeline nothing.
 */
public final class PipelineMetrics implements MeterBinder {

    private final PipelineMonitor monitor;

    private PipelineMetrics(PipelineMonitor monitor) {
        this.monitor = Objects.requireNonNull(monitor, "monitor");
    }

    /** Returns the meters of a monitor. These meters can be bound to one or several registries. */
    public static PipelineMetrics of(PipelineMonitor monitor) {
        return new PipelineMetrics(monitor);
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Tags tags = Tags.of("pipeline", KeyText.printable(monitor.name()));
        counter(registry, "bytes", "bytes", "Bytes read from pipes or objects", tags, PipelineMonitor::bytes);
        counter(
                registry,
                "verified.bytes",
                "bytes",
                "Bytes verified by a checksum of their object",
                tags,
                PipelineMonitor::verifiedBytes);
        counter(
                registry,
                "cached.bytes",
                "bytes",
                "Bytes read from a cache on the local disk",
                tags,
                PipelineMonitor::cachedBytes);
        counter(registry, "records", "records", "Records decoded", tags, PipelineMonitor::records);
        counter(registry, "bad.records", "records", "Corrupt records skipped", tags, PipelineMonitor::badRecords);
        counter(registry, "batches", "batches", "Batches made", tags, PipelineMonitor::batches);
        for (Cause cause : Cause.values()) {
            Tags withCause = tags.and("cause", cause.name().toLowerCase(Locale.ROOT));
            counter(registry, "stalled", "seconds", "Time waited", withCause, source -> stalledSeconds(source, cause));
        }
        gauge(registry, "queue.elements", "elements", "Elements in queues", tags, PipelineMonitor::queuedElements);
        gauge(registry, "queue.bytes", "bytes", "Bytes in queues", tags, PipelineMonitor::queuedBytes);
        gauge(registry, "epoch", "", "Epoch being read", tags, PipelineMonitor::epoch);
        gauge(registry, "progress", "percent", "Part of the epoch that was read", tags, PipelineMetrics::percent);
        gauge(
                registry,
                "known.bytes",
                "bytes",
                "Bytes of the epoch that are known so far",
                tags,
                source -> source.epochProgress().knownBytes());
        gauge(
                registry,
                "known.objects",
                "objects",
                "Objects of the epoch that are known so far",
                tags,
                source -> source.epochProgress().knownObjects());
        gauge(registry, "time.left", "seconds", "Time until the epoch's end", tags, PipelineMetrics::secondsLeft);
    }

    private static double secondsLeft(PipelineMonitor source) {
        return source.epochProgress()
                .timeLeft()
                .map(left -> left.toNanos() / 1e9)
                .orElse(Double.NaN);
    }

    private static double stalledSeconds(PipelineMonitor source, Cause cause) {
        return source.stalled(cause).toNanos() / 1e9;
    }

    private static double percent(PipelineMonitor source) {
        return 100 * source.progress().orElse(Double.NaN);
    }

    private void counter(
            MeterRegistry registry,
            String name,
            String unit,
            String description,
            Tags tags,
            ToDoubleFunction<PipelineMonitor> value) {
        FunctionCounter.builder("pipeflux." + name, monitor, value)
                .baseUnit(unit)
                .description(description)
                .tags(tags)
                .register(registry);
    }

    private void gauge(
            MeterRegistry registry,
            String name,
            String unit,
            String description,
            Tags tags,
            ToDoubleFunction<PipelineMonitor> value) {
        Gauge.builder("pipeflux." + name, monitor, value)
                .baseUnit(unit.isEmpty() ? null : unit)
                .description(description)
                .tags(tags)
                .register(registry);
    }
}
