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
 * A {@code prefetch} that has become part of the look-ahead of {@code mapAndBatch}, because it is directly upstream and
 * uses the default scheduler. The same rows are read ahead, in the same order and equally early. However, they are
 * handed over directly to a worker, not first to another thread that only passes them on.
 *
 * <pre>{@code
 *   decode --> prefetch(10) --> mapAndBatch(64, 2)      two handoffs: rows to the prefetch, groups to a worker
 *   decode --> [prefetch(10), mapAndBatch(64, 2)]       one handoff: groups to a worker
 * }</pre>
 *
 * <p>If the system property {@value #PROPERTY} is {@code false}, the two operators are not joined.
 */
final class JoinedPrefetch {

    static final String PROPERTY = "pipeflux.fusion";

    private static final int MOST_STEPS = 100; // ends the search if an operator names itself as its parent

    // empty if no prefetch is joined; in this case, no rows are requested before downstream requests a batch
    private final String name;
    private final long elements;
    private final long bytes; // Long.MAX_VALUE if the prefetch has no bound in bytes
    // supplies the reason why the upstream prefetch is not joined, or an empty string if there is no such prefetch
    private final Supplier<String> apart;

    private JoinedPrefetch(String name, long elements, long bytes, Supplier<String> apart) {
        this.name = name;
        this.elements = elements;
        this.bytes = bytes;
        this.apart = apart;
    }

    /** Returns the prefetch that is directly upstream, or null if there is none or if it cannot be joined. */
    static <T> @Nullable FluxPrefetch<? extends T> find(Flux<? extends T> source, int parallelism) {
        return source instanceof FluxPrefetch<? extends T> prefetch && reasonAgainst(prefetch, parallelism) == null
                ? prefetch
                : null;
    }

    /**
     * Creates an instance. If no prefetch can be joined, the instance has an empty name and no look-ahead of its own.
     *
     * @param joined the result of {@link #find}
     */
    static JoinedPrefetch of(@Nullable FluxPrefetch<?> joined, Flux<?> source, int parallelism) {
        return joined == null
                ? new JoinedPrefetch("", 0, 0, () -> apart(source, parallelism))
                : new JoinedPrefetch(joined.stepName(), joined.elements(), joined.bytes(), () -> "");
    }

    @SuppressWarnings("ReferenceEquality") // exactly this scheduler, not an equal one
    private static @Nullable String reasonAgainst(FluxPrefetch<?> prefetch, int parallelism) {
        if (parallelism == 0) {
            return "parallelism 0 reads nothing ahead";
        }
        if (!Boolean.parseBoolean(System.getProperty(PROPERTY, "true"))) {
            return PROPERTY + " is false";
        }
        return prefetch.scheduler() == Schedulers.parallel() ? null : "it emits on " + prefetch.scheduler();
    }

    /**
     * Returns the reason why the nearest upstream prefetch is not joined, or an empty string if there is no upstream
     * prefetch.
     */
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

    /**
     * Returns the name of a step between {@code prefetch} and {@code mapAndBatch}. If a hook has wrapped the step,
     * returns the name of the hook instead, because the wrapper's own step name is that of the wrapped step.
     */
    private static String nameOf(Scannable step) {
        String lifter = step.scan(Attr.LIFTER);
        return lifter == null ? step.stepName() : "the hook or lifter " + lifter;
    }

    /**
     * Returns a description for the monitor: whether a prefetch is joined (if not, the reason), and how the rows
     * arrive.
     */
    String describe(String operator, @Nullable Object upstream) {
        String joined = name.isEmpty() ? apart.get() : "joined; ";
        return withName(operator) + ": " + joined + RowArrival.of(upstream);
    }

    /**
     * Returns a look-ahead whose bounds are the given bounds plus those of this prefetch.
     *
     * @param size the number of rows in a batch; the prefetch adds only whole batches
     */
    ReadAhead readAhead(long batches, int size, long maxBytes) {
        long maxElements = batches * size + elements / size * size;
        // the rows of two batches may be held regardless of their size, so that one batch is read while the other is
        // being made
        long anyElements = Math.min(2L * size, maxElements);
        return bytes == Long.MAX_VALUE
                ? new ReadAhead(maxElements, maxBytes, Math.max(anyElements, elements / size * size))
                : new ReadAhead(maxElements, Operators.addCap(maxBytes, bytes), anyElements);
    }

    /**
     * Returns the number of rows that may be requested before downstream requests a batch.
     *
     * @param heldElements the number of rows that are held now
     * @param heldBytes the number of bytes of the rows that are held now
     */
    long early(long heldElements, long heldBytes) {
        if (bytes == Long.MAX_VALUE) {
            return elements - heldElements;
        }
        // requests one row at a time, because the size of the next row is not known
        return heldElements < elements && heldBytes < bytes ? 1 : 0;
    }

    /** Returns the name of the operator, preceded by the name of the joined prefetch, if there is one. */
    String withName(String operator) {
        return name.isEmpty() ? operator : name + ", " + operator;
    }

    /**
     * Returns the parent that {@link Scannable} reports. If a prefetch is joined, the parent is a step that represents
     * the prefetch, and the parent of that step is the upstream subscription.
     */
    @Nullable
    Object parent(@Nullable Subscription upstream, Scannable actual) {
        return name.isEmpty() || upstream == null ? upstream : new Step(name, upstream, actual);
    }

    /**
     * The joined prefetch, for those who inspect the pipeline as {@link Scannable}. They see it as a step of its own,
     * like a prefetch that is not joined.
     */
    private record Step(String name, Subscription upstream, Scannable actual) implements Scannable {

        @Override
        @SuppressWarnings("rawtypes") // Reactor's Attr is raw
        public @Nullable Object scanUnsafe(Attr key) {
            return Scans.synchronous(key, upstream, actual, Boolean.TRUE.equals(actual.scan(Attr.TERMINATED)));
        }

        @Override
        public String stepName() {
            return name;
        }
    }
}
