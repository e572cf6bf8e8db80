package io.pipeflux.core;

import io.pipeflux.core.internal.TimerThread;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * Watches one pipeline: what has flowed through it, and where it waits, now and in total.
 *
 * <pre>{@code
 * PipelineMonitor monitor = PipelineMonitor.create("train");
 * batches.contextWrite(monitor.watch()).subscribe(...);
 * monitor.waits();      // [train_3: waiting 12 s for a writer]
 * }</pre>
 *
 * <p>It travels in the subscriber's Context, so the sources and operators above {@link #watch} find it. All methods may be
 * called from any thread at any time. A pipeline without a monitor of its own has a private one, whose only use is the
 * log: a wait beyond {@link #logAfter} is logged once as a warning, unless it is for a slow consumer.
 */
public final class PipelineMonitor {

    /** What a pipeline waits for. */
    public enum Cause {
        /** A pipe that is not there yet. */
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
     * A wait that goes on.
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
    private static final Duration DEFAULT_LOG_AFTER = Duration.ofSeconds(10);
    private static final Duration LOOK = Duration.ofSeconds(1);

    /** Not Reactor's: places come and go on event loops, where the lock of a shared timer must not be waited for. */
    private static final TimerThread LOOKS = new TimerThread("pipeflux-timer-monitor");

    private static final Cause[] CAUSES = Cause.values();
    private static final int CAUSE_BITS = 4;

    private final String name;
    private final LongSupplier nanoClock;
    private final Consumer<Wait> onLongWait;
    private final long birth;
    private volatile Duration logAfter = DEFAULT_LOG_AFTER;

    private final LongAdder bytes = new LongAdder();
    private final LongAdder records = new LongAdder();
    private final LongAdder badRecords = new LongAdder();
    private final LongAdder batches = new LongAdder();
    private final LongAdder queuedElements = new LongAdder();
    private final LongAdder queuedBytes = new LongAdder();
    private final Map<Cause, LongAdder> stalledNanos = new EnumMap<>(Cause.class);
    private volatile long epoch;
    private volatile long bytesBeforeEpoch;
    private final AtomicLong expectedBytes = new AtomicLong(-1);

    private final Set<Place> places = ConcurrentHashMap.newKeySet();
    private boolean looking;

    private PipelineMonitor(String name, LongSupplier nanoClock, Consumer<Wait> onLongWait) {
        this.name = Objects.requireNonNull(name, "name");
        this.nanoClock = nanoClock;
        this.onLongWait = onLongWait;
        this.birth = nanoClock.getAsLong();
        for (Cause cause : CAUSES) {
            stalledNanos.put(cause, new LongAdder());
        }
    }

    /**
     * A monitor for one pipeline.
     *
     * @param name tells it from others, in the log and as a tag of metrics
     */
    public static PipelineMonitor create(String name) {
        return create(name, System::nanoTime, wait -> log.warn("{}", wait));
    }

    static PipelineMonitor create(String name, LongSupplier nanoClock, Consumer<Wait> onLongWait) {
        return new PipelineMonitor(name, nanoClock, onLongWait);
    }

    /** The monitor of the subscription that carries this Context; a private one where it carries none. */
    public static PipelineMonitor current(ContextView context) {
        return context.<PipelineMonitor>getOrEmpty(PipelineMonitor.class).orElseGet(() -> create("pipeline"));
    }

    /** The monitor that was given to this subscription, or null: for operators, which need none to be diagnosable. */
    public static @Nullable PipelineMonitor given(ContextView context) {
        return context.<PipelineMonitor>getOrEmpty(PipelineMonitor.class).orElse(null);
    }

    /**
     * After how long a wait is logged, once. Defaults to 10 seconds; zero: never.
     *
     * @throws IllegalArgumentException if negative
     */
    public PipelineMonitor logAfter(Duration threshold) {
        if (threshold.isNegative()) {
            throw new IllegalArgumentException("logAfter >= 0 required but it was " + threshold);
        }
        logAfter = threshold;
        return this;
    }

    /** Watches what stands above: {@code batches.contextWrite(monitor.watch())}. */
    public Function<Context, Context> watch() {
        return context -> context.put(PipelineMonitor.class, this);
    }

    // == what a user asks ==

    /** The name given. */
    public String name() {
        return name;
    }

    /** Where the pipeline waits at this moment, the longest wait first. */
    public List<Wait> waits() {
        return places.stream()
                .map(Place::current)
                .filter(Objects::nonNull)
                .sorted((a, b) -> b.duration().compareTo(a.duration()))
                .toList();
    }

    /** The bytes read from pipes or objects. */
    public long bytes() {
        return bytes.sum();
    }

    /** The records decoded. */
    public long records() {
        return records.sum();
    }

    /** The corrupt records that were skipped. */
    public long badRecords() {
        return badRecords.sum();
    }

    /** The batches made. */
    public long batches() {
        return batches.sum();
    }

    /** The elements that wait in queues, such as {@code prefetch}'s. */
    public long queuedElements() {
        return queuedElements.sum();
    }

    /** The bytes that wait in queues, and in windows of objects. */
    public long queuedBytes() {
        return queuedBytes.sum();
    }

    /** The logical epoch being read. */
    public long epoch() {
        return epoch;
    }

    /** How much of the epoch was read, from 0 to 1; empty where its size is not known. */
    public OptionalDouble progress() {
        long expected = expectedBytes.get();
        if (expected < 0) {
            return OptionalDouble.empty();
        }
        long read = bytes() - bytesBeforeEpoch;
        return OptionalDouble.of(expected == 0 ? 1 : Math.min(1, Math.max(0, (double) read / expected)));
    }

    /** How long the pipeline has waited for something in total, waits that go on included. */
    public Duration stalled(Cause cause) {
        long running = places.stream()
                .map(Place::current)
                .filter(wait -> wait != null && wait.cause() == cause)
                .mapToLong(wait -> wait.duration().toNanos())
                .sum();
        return Duration.ofNanos(Objects.requireNonNull(stalledNanos.get(cause)).sum() + running);
    }

    // == what sources and operators tell; for their authors ==

    /** An epoch of so many bytes begins; -1: nobody knows how many. */
    public void beginEpoch(long epoch, long expectedBytes) {
        this.epoch = epoch;
        this.bytesBeforeEpoch = bytes();
        this.expectedBytes.set(expectedBytes);
    }

    /** Bytes were read. */
    public void addBytes(long count) {
        bytes.add(count);
    }

    /** Records were decoded. */
    public void addRecords(long count) {
        records.add(count);
    }

    /** Corrupt records were skipped. */
    public void addBadRecords(long count) {
        badRecords.add(count);
    }

    /** Batches were made. */
    public void addBatches(long count) {
        batches.add(count);
    }

    /** A queue has grown by so much, or shrunk where negative. */
    public void queued(long elements, long bytes) {
        queuedElements.add(elements);
        queuedBytes.add(bytes);
    }

    /**
     * A place that may wait, until it is closed.
     *
     * @param where names it; asked when a message is made
     */
    public Place place(Supplier<String> where) {
        Place place = new Place(where);
        synchronized (places) {
            places.add(place);
            if (!looking) {
                looking = true;
                LOOKS.schedule(this::lookAgain, LOOK.toNanos());
            }
        }
        return place;
    }

    private void lookAgain() {
        try {
            look();
        } finally {
            synchronized (places) {
                looking = !places.isEmpty();
                if (looking) {
                    LOOKS.schedule(this::lookAgain, LOOK.toNanos());
                }
            }
        }
    }

    /** Logs what has waited too long and was not logged yet. */
    void look() {
        places.forEach(Place::look);
    }

    private long now() {
        return nanoClock.getAsLong() - birth;
    }

    @Override
    public String toString() {
        return "PipelineMonitor[" + name + ", epoch " + epoch + ", " + bytes() + " bytes, " + records() + " records, "
                + waits() + "]";
    }

    /** Where a pipeline may wait: for one thing at a time, told by one thread at a time. */
    public final class Place implements AutoCloseable {

        private final Supplier<String> where;

        /** Since when, and in the lowest bits for what, counted from 1; 0: it does not wait. */
        private volatile long waiting;

        private volatile long logged;

        private Place(Supplier<String> where) {
            this.where = Objects.requireNonNull(where, "where");
        }

        /** A wait begins; one that goes on for the same cause goes on. */
        @SuppressWarnings("EnumOrdinal") // in memory only
        public void waitFor(Cause cause) {
            int code = cause.ordinal() + 1;
            if (code(waiting) != code) {
                go();
                waiting = (now() << CAUSE_BITS) | code;
            }
        }

        /** What it waited for has come, if it waited. */
        public void go() {
            long was = waiting;
            if (was != 0) {
                waiting = 0;
                Objects.requireNonNull(stalledNanos.get(cause(was))).add(now() - since(was));
            }
        }

        /** The place is no more. */
        @Override
        public void close() {
            go();
            synchronized (places) {
                places.remove(this);
            }
        }

        private @Nullable Wait current() {
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
