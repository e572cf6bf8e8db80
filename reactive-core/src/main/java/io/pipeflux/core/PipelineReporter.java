package io.pipeflux.core;

import io.pipeflux.core.PipelineMonitor.Cause;
import io.pipeflux.core.PipelineMonitor.Wait;
import io.pipeflux.core.internal.TimerThread;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * Collects the reports of the sources and operators of one pipeline for its {@link PipelineMonitor}. This class is for
 * authors of sources and operators; users read the monitor. All methods may be called from any thread at any time.
 */
public final class PipelineReporter {

    private static final Duration DEFAULT_LOG_AFTER = Duration.ofSeconds(10);
    private static final Duration LOOK = Duration.ofSeconds(1);

    /**
     * The timer that periodically looks for long waits. It is not a Reactor scheduler, because scheduling a task there
     * may wait for a lock. Wait points are opened on event loops, where no code may wait for a lock.
     */
    private static final TimerThread LOOKS = new TimerThread("pipeflux-timer-monitor");

    /**
     * The maximum number of step descriptions that are kept after their wait points were closed. There is a limit
     * because a monitor may watch any number of subscriptions, one after the other.
     */
    private static final int MOST_PAST_STEPS = 100;

    private static final Cause[] CAUSES = Cause.values();
    private static final int CAUSE_BITS = 4;

    private final LongSupplier nanoClock;
    private final Consumer<Wait> onLongWait;
    private final long birth;
    volatile Duration logAfter = DEFAULT_LOG_AFTER;

    final LongAdder bytes = new LongAdder();
    final LongAdder verifiedBytes = new LongAdder();
    final LongAdder cachedBytes = new LongAdder();
    final LongAdder records = new LongAdder();
    final LongAdder badRecords = new LongAdder();
    final LongAdder batches = new LongAdder();
    final LongAdder queuedElements = new LongAdder();
    final LongAdder queuedBytes = new LongAdder();
    private final Map<Cause, LongAdder> stalledNanos = new EnumMap<>(Cause.class);
    volatile long epoch;
    private volatile long bytesBeforeEpoch;
    private volatile long epochBegan;
    private volatile boolean mixed; // whether sources have been in different epochs at the same time
    private final List<EpochSize> sizes = new CopyOnWriteArrayList<>(); // one for each source of the epoch

    final Set<WaitPoint> waitPoints = ConcurrentHashMap.newKeySet();
    private final Set<String> pastSteps = new HashSet<>(); // guarded by the lock of waitPoints
    private boolean looking;

    PipelineReporter(LongSupplier nanoClock, Consumer<Wait> onLongWait) {
        this.nanoClock = nanoClock;
        this.onLongWait = onLongWait;
        this.birth = nanoClock.getAsLong();
        for (Cause cause : CAUSES) {
            stalledNanos.put(cause, new LongAdder());
        }
    }

    /** Returns the reporter of the monitor that watches this subscription, or of a private monitor if there is none. */
    public static PipelineReporter current(ContextView context) {
        PipelineReporter found = find(context);
        return found == null ? PipelineMonitor.create("pipeline").reporter() : found;
    }

    /**
     * Returns the reporter of the monitor that watches this subscription, or null if there is none. This method is for
     * operators that report only if they are watched.
     */
    public static @Nullable PipelineReporter find(ContextView context) {
        PipelineMonitor monitor =
                context.<PipelineMonitor>getOrEmpty(PipelineMonitor.class).orElse(null);
        return monitor == null ? null : monitor.reporter();
    }

    /** Returns the reporter of the given monitor. */
    public static PipelineReporter of(PipelineMonitor monitor) {
        return monitor.reporter();
    }

    LongAdder stalledNanos(Cause cause) {
        return Objects.requireNonNull(stalledNanos.get(cause));
    }

    /**
     * Reports that an epoch begins.
     *
     * @param epoch the logical epoch
     * @param expectedBytes the epoch's size in bytes, or -1 if it is not known
     */
    public synchronized void beginEpoch(long epoch, long expectedBytes) {
        reset(epoch);
        if (expectedBytes >= 0) {
            EpochSize size = new EpochSize(null);
            size.allBytes(expectedBytes);
            size.close();
            sizes.add(size);
        }
    }

    /**
     * Reports that a source of the pipeline begins an epoch. Returns an {@link EpochSize}, to which the source reports
     * the sizes that it knows. The caller must close the {@code EpochSize}. Sources that are open at the same time in
     * the same epoch are parts of that epoch. A source may begin the next epoch before the other sources have been read
     * to their ends, for example if {@code sample} mixes the sources. In this case, the remaining bytes of the other
     * sources still count, but the size of the epoch is reported as unknown.
     *
     * @param epoch the logical epoch
     * @param start the position from which the epoch is resumed, or null if the epoch is read from its beginning
     */
    public synchronized EpochSize beginEpoch(long epoch, @Nullable Position start) {
        if (isOver()) {
            reset(epoch);
        } else if (mixed || epoch != this.epoch) {
            mixed = true;
            this.epoch = Math.max(epoch, this.epoch);
            foldClosed();
        }
        EpochSize size = new EpochSize(start);
        sizes.add(size);
        return size;
    }

    /** Returns whether the epoch has been read to its end or was abandoned. */
    private boolean isOver() {
        if (!sizes.stream().allMatch(EpochSize::isClosed)) {
            return false;
        }
        if (sizes.size() < 2 || !sizes.stream().allMatch(EpochSize::isEnded)) {
            return true;
        }
        EpochProgress sum = sum(sizes, readInEpoch()); // the last objects may still be unread when the list has ended
        return sum.bytes() >= sum.knownBytes();
    }

    /** Replaces all closed sizes with their sum, because otherwise the list of sizes would grow with each epoch. */
    private void foldClosed() {
        List<EpochSize> closed = sizes.stream().filter(EpochSize::isClosed).toList();
        EpochProgress sum = sum(closed, 0);
        EpochSize all = new EpochSize(null);
        all.end();
        all.close();
        all.passed(sum.bytes());
        all.allBytes(sum.knownBytes());
        all.allObjects(sum.knownObjects());
        sizes.add(all);
        sizes.removeAll(closed);
    }

    private void reset(long next) {
        epoch = next;
        mixed = false;
        sizes.clear();
        bytesBeforeEpoch = bytes.sum();
        epochBegan = now();
    }

    private long readInEpoch() {
        return bytes.sum() - bytesBeforeEpoch;
    }

    private EpochProgress sum(Collection<EpochSize> of, long read) {
        boolean known = !of.isEmpty() && !mixed;
        EpochProgress sum = new EpochProgress(read, 0, known, 0, known, Optional.empty());
        for (EpochSize size : of) {
            sum = size.addTo(sum);
        }
        return sum;
    }

    synchronized EpochProgress progress() {
        long read = readInEpoch();
        EpochProgress sum = sum(sizes, read);
        long left = sum.knownBytes() - sum.bytes();
        if (!sum.allBytesKnown() || read <= 0) {
            return sum;
        }
        double nanos = left <= 0 ? 0 : (double) (now() - epochBegan) / read * left;
        return new EpochProgress(
                sum.bytes(),
                sum.knownBytes(),
                true,
                sum.knownObjects(),
                sum.allObjectsKnown(),
                Optional.of(Duration.ofNanos((long) nanos)));
    }

    /** Reports that {@code count} bytes were read. */
    public void addBytes(long count) {
        bytes.add(count);
    }

    /** Reports that {@code count} bytes were read and verified by a checksum of their whole object. */
    public void addVerifiedBytes(long count) {
        verifiedBytes.add(count);
    }

    /** Reports that {@code count} bytes were read from a cache on the local disk instead of from a store. */
    public void addCachedBytes(long count) {
        cachedBytes.add(count);
    }

    /** Reports that {@code count} records were decoded. */
    public void addRecords(long count) {
        records.add(count);
    }

    /** Reports that {@code count} corrupt records or bad rows were skipped. */
    public void addBadRecords(long count) {
        badRecords.add(count);
    }

    /** Reports that {@code count} batches were made. */
    public void addBatches(long count) {
        batches.add(count);
    }

    /**
     * Reports by how many elements and bytes a queue has grown. Negative numbers mean that the queue has shrunk.
     */
    public void queued(long elements, long bytes) {
        queuedElements.add(elements);
        queuedBytes.add(bytes);
    }

    /**
     * Opens a point at which the pipeline may wait. The caller must close it.
     *
     * @param where returns the point's name; called when a message is needed
     */
    public WaitPoint waitPoint(Supplier<String> where) {
        return opened(new WaitPoint(where, null));
    }

    /**
     * Opens a point at which an operator of the pipeline may wait. The caller must close it.
     *
     * @param where returns the point's name; called when a message is needed
     * @param step returns the operator's description for {@link PipelineMonitor#steps}. It is called by that method,
     *     and when the point is closed
     */
    public WaitPoint waitPoint(Supplier<String> where, Supplier<String> step) {
        return opened(new WaitPoint(where, Objects.requireNonNull(step, "step")));
    }

    private WaitPoint opened(WaitPoint point) {
        synchronized (waitPoints) {
            waitPoints.add(point);
            if (!looking) {
                looking = true;
                LOOKS.schedule(this::lookAgain, LOOK.toNanos());
            }
        }
        return point;
    }

    /** Returns the step descriptions of all wait points, both open and closed. */
    SortedSet<String> steps() {
        SortedSet<String> steps = new TreeSet<>();
        for (WaitPoint point : waitPoints) {
            String step = point.step();
            if (step != null) {
                steps.add(step);
            }
        }
        synchronized (waitPoints) {
            steps.addAll(pastSteps);
        }
        return steps;
    }

    private void lookAgain() {
        try {
            look();
        } finally {
            synchronized (waitPoints) {
                looking = !waitPoints.isEmpty();
                if (looking) {
                    LOOKS.schedule(this::lookAgain, LOOK.toNanos());
                }
            }
        }
    }

    /** Logs each wait that has reached the threshold and has not been logged before. */
    void look() {
        waitPoints.forEach(WaitPoint::look);
    }

    private long now() {
        return nanoClock.getAsLong() - birth;
    }

    /**
     * A point at which a pipeline may wait, for only one cause at a time. Only one thread at a time may call the
     * methods of a point.
     */
    public final class WaitPoint implements AutoCloseable {

        private final Supplier<String> where;
        private final @Nullable Supplier<String> step;

        /**
         * The start of the wait in nanoseconds, shifted left. The lowest bits contain the cause's ordinal + 1. The
         * value is 0 if the pipeline does not wait at this point.
         */
        private volatile long waiting;

        private volatile long logged;

        private WaitPoint(Supplier<String> where, @Nullable Supplier<String> step) {
            this.where = Objects.requireNonNull(where, "where");
            this.step = step;
        }

        /**
         * Reports that a wait for a cause begins. If the pipeline is already waiting at this point for the same cause,
         * that wait continues. If it is waiting for a different cause, that wait ends.
         */
        @SuppressWarnings("EnumOrdinal") // the ordinal is kept in memory only
        public void waitFor(Cause cause) {
            int code = cause.ordinal() + 1;
            if (code(waiting) != code) {
                go();
                waiting = (now() << CAUSE_BITS) | code;
            }
        }

        /** Reports that the wait has ended. Does nothing if the pipeline does not wait at this point. */
        public void go() {
            long was = waiting;
            if (was != 0) {
                waiting = 0;
                stalledNanos(cause(was)).add(now() - since(was));
            }
        }

        /** Ends the wait, if any, and removes the point. */
        @Override
        public void close() {
            go();
            String last = step();
            synchronized (waitPoints) {
                if (waitPoints.remove(this) && last != null && pastSteps.size() < MOST_PAST_STEPS) {
                    pastSteps.add(last);
                }
            }
        }

        private @Nullable String step() {
            try {
                return step == null ? null : step.get();
            } catch (RuntimeException | LinkageError e) {
                return where.get() + ": " + e; // a user's operator threw e instead of returning its description
            }
        }

        @Nullable
        Wait current() {
            long is = waiting;
            return is == 0 ? null : new Wait(where.get(), cause(is), Duration.ofNanos(now() - since(is)));
        }

        private void look() {
            long is = waiting;
            Duration threshold = logAfter;
            if (is == 0 || is == logged || threshold.isZero() || cause(is) == Cause.DEMAND) {
                return;
            }
            Wait wait = new Wait(where.get(), cause(is), Duration.ofNanos(now() - since(is)));
            if (wait.duration().compareTo(threshold) >= 0) {
                logged = is;
                onLongWait.accept(wait);
            }
        }
    }

    private static int code(long waiting) {
        return (int) waiting & ((1 << CAUSE_BITS) - 1);
    }

    private static Cause cause(long waiting) {
        return CAUSES[code(waiting) - 1];
    }

    private static long since(long waiting) {
        return waiting >>> CAUSE_BITS;
    }
}
