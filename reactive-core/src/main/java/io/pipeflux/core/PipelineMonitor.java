package io.pipeflux.core;

import io.pipeflux.core.internal.KeyText;
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
 * Watches one pipeline. It reports the number of bytes, records and batches so far, where the pipeline waits now, and
 * how long it has waited in total.
 *
 * <pre>{@code
 * PipelineMonitor monitor = PipelineMonitor.create("train");
 * batches.contextWrite(monitor.watch()).subscribe(...);
 * monitor.waits();      // [train_3: waiting 12 s for a writer]
 * }</pre>
 *
 * <p>The monitor travels in the subscriber's Context, so the sources and operators upstream of {@link #watch} find its
 * {@link PipelineReporter}. All methods may be called from any thread at any time.
 *
 * <p>A wait longer than {@link #logAfter} is logged once as a warning, unless the pipeline waits for a slow consumer.
 * In a pipeline without a monitor, sources and decoders use a private monitor for these warnings.
 */
public final class PipelineMonitor {

    /** What a pipeline waits for. */
    public enum Cause {
        /** The pipeline waits for a pipe that does not exist yet. */
        PIPE("the pipe to appear"),
        /** The pipeline waits for a writer to open the pipe. */
        WRITER("a writer"),
        /** The pipeline waits for a reader to open the pipe. */
        READER("a reader"),
        /** The pipeline waits for bytes from a slow writer of the pipe. */
        BYTES("bytes from the writer"),
        /** The pipeline waits for room in the pipe, because the reader is slow. */
        ROOM("the reader to take bytes"),
        /** The pipeline waits for the next object of a channel's list: for a listing, a manifest or a HEAD. */
        LIST("the list of objects"),
        /** The pipeline waits for bytes of an object. */
        OBJECT("bytes of an object"),
        /** The pipeline waits for elements from upstream, because an operator's queue is empty. */
        UPSTREAM("elements from upstream"),
        /** The pipeline waits for demand, because the consumer is slow. */
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
     * @param where the name of the point at which the pipeline waits, such as {@code train_3}
     * @param cause what the pipeline waits for
     * @param duration how long the pipeline has waited so far
     */
    public record Wait(String where, Cause cause, Duration duration) {
        /** Returns a text such as {@code train_3: waiting 12 s for a writer}. */
        @Override
        public String toString() {
            long millis = duration.toMillis();
            String time = millis < 10_000 ? String.format(Locale.ROOT, "%.1f s", millis / 1e3) : millis / 1000 + " s";
            return KeyText.printable(where) + ": waiting " + time + " for " + cause;
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
     * @param name distinguishes the monitor from other monitors, in the log and as a tag of metrics
     */
    public static PipelineMonitor create(String name) {
        return create(name, System::nanoTime, wait -> log.warn("{}: {}", KeyText.printable(name), wait));
    }

    static PipelineMonitor create(String name, LongSupplier nanoClock, Consumer<Wait> onLongWait) {
        return new PipelineMonitor(name, new PipelineReporter(nanoClock, onLongWait));
    }

    PipelineReporter reporter() {
        return reporter;
    }

    /**
     * Sets how long a wait must last before it is logged, once per wait. Defaults to 10 seconds. Zero disables these
     * warnings.
     *
     * @throws IllegalArgumentException if the duration is negative
     */
    public PipelineMonitor logAfter(Duration threshold) {
        if (threshold.isNegative()) {
            throw new IllegalArgumentException("expected logAfter >= 0, but got " + threshold);
        }
        reporter.logAfter = threshold;
        return this;
    }

    /**
     * Returns a function for {@code contextWrite} that makes this monitor watch everything upstream:
     * {@code batches.contextWrite(monitor.watch())}.
     */
    public Function<Context, Context> watch() {
        return context -> context.put(PipelineMonitor.class, this);
    }

    /** Returns the monitor's name. */
    public String name() {
        return name;
    }

    /** Returns a snapshot of the waits in progress, the longest wait first. */
    public List<Wait> waits() {
        return reporter.waitPoints.stream()
                .map(PipelineReporter.WaitPoint::current)
                .filter(Objects::nonNull)
                .sorted((a, b) -> b.duration().compareTo(a.duration()))
                .toList();
    }

    /**
     * Returns a description of each {@code prefetch} and {@code mapAndBatch} that has run in the pipeline so far, in
     * alphabetical order. If a {@code mapAndBatch} is joined with the {@code prefetch} before it, both have one
     * description, and rows are handed over to another thread only once. Rows arrive in runs if all rows of a chunk are
     * handed over together. If operators are not joined, or if rows arrive one by one, the description states the
     * reason:
     *
     * <pre>
     *   prefetch(10), mapAndBatch(64, 2): joined; rows arrive in runs
     *   mapAndBatch(64, 2): prefetch(10) is not joined: map in between; rows arrive one by one: prefetch(10), map ...
     * </pre>
     */
    public List<String> steps() {
        return reporter.steps().stream().map(KeyText::printable).toList();
    }

    /** Returns the number of bytes read from pipes or objects. */
    public long bytes() {
        return reporter.bytes.sum();
    }

    /**
     * Returns the number of bytes that were verified by a checksum of their whole object. The bytes of an object are
     * counted when the object has been read to its end. {@link #bytes} counts all bytes.
     */
    public long verifiedBytes() {
        return reporter.verifiedBytes.sum();
    }

    /**
     * Returns the number of bytes that were read from a cache on the local disk, such as the cache of {@code
     * S3Channel.cachedIn}, instead of from a store. {@link #bytes} counts all bytes.
     */
    public long cachedBytes() {
        return reporter.cachedBytes.sum();
    }

    /** Returns the number of records that were decoded. */
    public long records() {
        return reporter.records.sum();
    }

    /** Returns the number of corrupt records and bad rows that were skipped. */
    public long badRecords() {
        return reporter.badRecords.sum();
    }

    /** Returns the number of batches that were made. */
    public long batches() {
        return reporter.batches.sum();
    }

    /** Returns the number of elements in queues, such as the queue of {@code prefetch}. */
    public long queuedElements() {
        return reporter.queuedElements.sum();
    }

    /** Returns the number of bytes in queues and in the read-ahead windows of objects. */
    public long queuedBytes() {
        return reporter.queuedBytes.sum();
    }

    /** Returns the logical epoch that is being read. */
    public long epoch() {
        return reporter.epoch;
    }

    /** Returns the fraction of the epoch that has been read, from 0 to 1, or empty if the epoch's size is not known. */
    public OptionalDouble progress() {
        EpochProgress progress = epochProgress();
        long expected = progress.knownBytes();
        if (!progress.allBytesKnown()) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(expected == 0 ? 1 : Math.min(1, Math.max(0, (double) progress.bytes() / expected)));
    }

    /** Returns the progress of the epoch: the part that has been read, the known sizes, and the estimated time left. */
    public EpochProgress epochProgress() {
        return reporter.progress();
    }

    /** Returns the total time that the pipeline has waited for a cause, including waits in progress. */
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
        return "PipelineMonitor[" + KeyText.printable(name) + ", epoch " + epoch() + ", " + bytes() + " bytes, "
                + records() + " records, " + waits() + "]";
    }
}
