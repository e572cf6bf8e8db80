package io.pipeflux.core;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import reactor.util.Logger;
import reactor.util.Loggers;
import reactor.util.context.Context;

/**
 * Watches one pipeline: what has flowed through it, and where it waits, now and in total.
 *
 * <pre>{@code
 * PipelineMonitor monitor = PipelineMonitor.create("train");
 * batches.contextWrite(monitor.watch()).subscribe(...);
 * monitor.waits();      // [train_3: waiting 12 s for a writer]
 * }</pre>
 *
 * <p>It travels in the subscriber's Context, so the sources and operators upstream of {@link #watch} find its {@link
 * PipelineReporter}. All methods may be called from any thread at any time. A pipeline without a monitor of its own has
 * a private one, whose only use is the log: a wait beyond {@link #logAfter} is logged once as a warning, unless it is
 * for a slow consumer.
 */
public final class PipelineMonitor {

    /** What a pipeline waits for. */
    public enum Cause {
        /** A pipe that does not exist yet. */
        PIPE("the pipe to appear"),
        /** A pipe that nobody has opened for writing yet. */
        WRITER("a writer"),
        /** A pipe that nobody has opened for reading yet. */
        READER("a reader"),
        /** Bytes of a pipe whose writer is slow. */
        BYTES("bytes from the writer"),
        /** Room in a pipe whose reader is slow. */
        ROOM("the reader to take bytes"),
        /** Bytes of an object. */
        OBJECT("bytes of an object"),
        /** Elements from upstream, in front of a queue. */
        UPSTREAM("elements from upstream"),
        /** Demand: the consumer is the slow side. */
        DEMAND("demand");

        private final String text;

        Cause(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /**
     * A wait in progress.
     *
     * @param where the place, such as {@code train_3}
     * @param cause what it waits for
     * @param duration since when
     */
    public record Wait(String where, Cause cause, Duration duration) {
        /** Such as {@code train_3: waiting 12 s for a writer}. */
        @Override
        public String toString() {
            long millis = duration.toMillis();
            String time = millis < 10_000 ? String.format(Locale.ROOT, "%.1f s", millis / 1e3) : millis / 1000 + " s";
            return where + ": waiting " + time + " for " + cause;
        }
    }

    private static final Logger log = Loggers.getLogger(PipelineMonitor.class);

    private final String name;
    private final PipelineReporter reporter;

    private PipelineMonitor(String name, PipelineReporter reporter) {
        this.name = Objects.requireNonNull(name, "name");
        this.reporter = reporter;
    }

    /**
     * Creates a monitor for one pipeline.
     *
     * @param name distinguishes it from others, in the log and as a tag of metrics
     */
    public static PipelineMonitor create(String name) {
        return create(name, System::nanoTime, wait -> log.warn("{}", wait));
    }

    static PipelineMonitor create(String name, LongSupplier nanoClock, Consumer<Wait> onLongWait) {
        return new PipelineMonitor(name, new PipelineReporter(nanoClock, onLongWait));
    }

    PipelineReporter reporter() {
        return reporter;
    }

    /**
     * Sets after how long a wait is logged, once. Defaults to 10 seconds; zero: never.
     *
     * @throws IllegalArgumentException if negative
     */
    public PipelineMonitor logAfter(Duration threshold) {
        if (threshold.isNegative()) {
            throw new IllegalArgumentException("expected logAfter >= 0, but got " + threshold);
        }
        reporter.logAfter = threshold;
        return this;
    }

    /** Watches what is upstream: {@code batches.contextWrite(monitor.watch())}. */
    public Function<Context, Context> watch() {
        return context -> context.put(PipelineMonitor.class, this);
    }

    /** Returns the name given. */
    public String name() {
        return name;
    }

    /** Returns where the pipeline waits at this moment, the longest wait first. */
    public List<Wait> waits() {
        return reporter.waitPoints.stream()
                .map(PipelineReporter.WaitPoint::current)
                .filter(Objects::nonNull)
                .sorted((a, b) -> b.duration().compareTo(a.duration()))
                .toList();
    }

    /** Returns the bytes read from pipes or objects. */
    public long bytes() {
        return reporter.bytes.sum();
    }

    /** Returns the records decoded. */
    public long records() {
        return reporter.records.sum();
    }

    /** Returns the corrupt records that were skipped. */
    public long badRecords() {
        return reporter.badRecords.sum();
    }

    /** Returns the batches made. */
    public long batches() {
        return reporter.batches.sum();
    }

    /** Returns the elements that wait in queues, such as {@code prefetch}'s. */
    public long queuedElements() {
        return reporter.queuedElements.sum();
    }

    /** Returns the bytes that wait in queues, and in windows of objects. */
    public long queuedBytes() {
        return reporter.queuedBytes.sum();
    }

    /** Returns the logical epoch being read. */
    public long epoch() {
        return reporter.epoch;
    }

    /** Returns how much of the epoch was read, from 0 to 1; empty if its size is not known. */
    public OptionalDouble progress() {
        long expected = reporter.expectedBytes.get();
        if (expected < 0) {
            return OptionalDouble.empty();
        }
        long read = bytes() - reporter.bytesBeforeEpoch;
        return OptionalDouble.of(expected == 0 ? 1 : Math.min(1, Math.max(0, (double) read / expected)));
    }

    /** Returns how long the pipeline has waited for a cause in total, waits in progress included. */
    public Duration stalled(Cause cause) {
        long running = reporter.waitPoints.stream()
                .map(PipelineReporter.WaitPoint::current)
                .filter(wait -> wait != null && wait.cause() == cause)
                .mapToLong(wait -> wait.duration().toNanos())
                .sum();
        return Duration.ofNanos(reporter.stalledNanos(cause).sum() + running);
    }

    @Override
    public String toString() {
        return "PipelineMonitor[" + name + ", epoch " + epoch() + ", " + bytes() + " bytes, " + records() + " records, "
                + waits() + "]";
    }
}
