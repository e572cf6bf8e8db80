package io.pipeflux.core.operator;

import io.pipeflux.core.internal.RowArrival;
import io.pipeflux.core.internal.Scans;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.Scannable;
import reactor.core.Scannable.Attr;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;

/**
 * A {@code prefetch} that {@code mapAndBatch} has made part of its own look-ahead, because it is directly upstream and
 * on the default scheduler. The rows are the same, in the same order, as many are read ahead, and they are requested as
 * early; but no row is handed over to a thread only to be handed over to a worker there.
 *
 * <pre>
 *   decode --&gt; prefetch(10) --&gt; mapAndBatch(64, 2)      two hand-overs: one for every few rows, one for batches
 *   decode --&gt; [prefetch(10), mapAndBatch(64, 2)]       one
 * </pre>
 *
 * <p>The system property {@value #PROPERTY} set to {@code false} keeps the two apart.
 */
final class JoinedPrefetch {

    static final String PROPERTY = "pipeflux.fusion";

    private static final int MOST_STEPS = 100; // a foreign operator could name itself as its parent

    private final String name; // empty if there is none: nothing is requested before the first batch is
    private final long elements;
    private final long bytes; // Long.MAX_VALUE: elements only
    private final Supplier<String> apart; // why a prefetch upstream is not joined, or empty if there is none

    private JoinedPrefetch(String name, long elements, long bytes, Supplier<String> apart) {
        this.name = name;
        this.elements = elements;
        this.bytes = bytes;
        this.apart = apart;
    }

    /** Returns the prefetch directly upstream that can be joined, or null. */
    static <T> @Nullable FluxPrefetch<? extends T> find(Flux<? extends T> source, int parallelism) {
        return source instanceof FluxPrefetch<? extends T> prefetch && reasonAgainst(prefetch, parallelism) == null
                ? prefetch
                : null;
    }

    /** @param joined what {@link #find} has found */
    static JoinedPrefetch of(@Nullable FluxPrefetch<?> joined, Flux<?> source, int parallelism) {
        return joined == null
                ? new JoinedPrefetch("", 0, 0, () -> apart(source, parallelism))
                : new JoinedPrefetch(joined.stepName(), joined.elements(), joined.bytes(), () -> "");
    }

    @SuppressWarnings("ReferenceEquality") // the very scheduler
    private static @Nullable String reasonAgainst(FluxPrefetch<?> prefetch, int parallelism) {
        if (parallelism == 0) {
            return "parallelism 0 reads nothing ahead";
        }
        if (!Boolean.parseBoolean(System.getProperty(PROPERTY, "true"))) {
            return PROPERTY + " is false";
        }
        return prefetch.scheduler() == Schedulers.parallel() ? null : "it emits on " + prefetch.scheduler();
    }

    /** Returns why the nearest prefetch upstream is not joined, or an empty text if there is none. */
    private static String apart(Flux<?> source, int parallelism) {
        List<String> between = new ArrayList<>();
        Object at = source;
        while (at instanceof Scannable step && between.size() < MOST_STEPS) {
            if (at instanceof FluxPrefetch<?> prefetch) {
                String reason = between.isEmpty()
                        ? reasonAgainst(prefetch, parallelism)
                        : String.join(", ", between) + " in between";
                return prefetch.stepName() + " is not joined: " + reason + "; ";
            }
            between.add(0, nameOf(step));
            at = step.scanUnsafe(Attr.PARENT);
        }
        return "";
    }

    /** Returns the name of a step between the two operators. The wrapper of a hook has the name of the wrapped step. */
    private static String nameOf(Scannable step) {
        String lifter = step.scan(Attr.LIFTER);
        return lifter == null ? step.stepName() : "the hook or lifter " + lifter;
    }

    /** Returns a text for the monitor: what is joined, or why not, and how the rows arrive. */
    String describe(String operator, @Nullable Object upstream) {
        String joined = name.isEmpty() ? apart.get() : "joined; ";
        return withName(operator) + ": " + joined + RowArrival.of(upstream);
    }

    /**
     * Returns the bounds of a look-ahead to which this prefetch's are added.
     *
     * @param size the rows of a batch: only whole batches are counted
     */
    ReadAhead readAhead(long batches, int size, long maxBytes) {
        long maxElements = batches * size + elements / size * size;
        // one is read while another is made, however large they are
        long anyElements = Math.min(2L * size, maxElements);
        return bytes == Long.MAX_VALUE
                ? new ReadAhead(maxElements, maxBytes, Math.max(anyElements, elements / size * size))
                : new ReadAhead(maxElements, Operators.addCap(maxBytes, bytes), anyElements);
    }

    /** Returns how many rows may be requested before downstream requests, if so many are held. */
    long early(long heldElements, long heldBytes) {
        if (bytes == Long.MAX_VALUE) {
            return elements - heldElements;
        }
        return heldElements < elements && heldBytes < bytes ? 1 : 0; // the size of the next is not known
    }

    /** Returns the name of both, which tells a reader of the monitor that they are one. */
    String withName(String operator) {
        return name.isEmpty() ? operator : name + ", " + operator;
    }

    /** Returns what is upstream for {@link Scannable}: the prefetch, and upstream of it the subscription. */
    @Nullable
    Object parent(@Nullable Subscription upstream, Scannable actual) {
        return name.isEmpty() || upstream == null ? upstream : new Step(name, upstream, actual);
    }

    /** The prefetch as a step of its own, which hands nothing over: the thread that emits the rows continues. */
    private record Step(String name, Subscription upstream, Scannable actual) implements Scannable {

        @Override
        @SuppressWarnings("rawtypes") // as Reactor declares it
        public @Nullable Object scanUnsafe(Attr key) {
            return Scans.synchronous(key, upstream, actual, Boolean.TRUE.equals(actual.scan(Attr.TERMINATED)));
        }

        @Override
        public String stepName() {
            return name;
        }
    }
}
