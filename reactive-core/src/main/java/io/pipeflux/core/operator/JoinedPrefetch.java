package io.pipeflux.core.operator;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.Scannable;
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

    /** No prefetch: nothing is requested before the first batch is. */
    private static final JoinedPrefetch NONE = new JoinedPrefetch("", 0, 0);

    private final String name;
    private final long elements;
    private final long bytes; // Long.MAX_VALUE: elements only

    private JoinedPrefetch(String name, long elements, long bytes) {
        this.name = name;
        this.elements = elements;
        this.bytes = bytes;
    }

    /** Returns the prefetch directly upstream that can be joined, or null. */
    @SuppressWarnings("ReferenceEquality") // the very scheduler
    static <T> @Nullable FluxPrefetch<? extends T> find(Flux<? extends T> source) {
        return source instanceof FluxPrefetch<? extends T> prefetch
                        && prefetch.scheduler() == Schedulers.parallel()
                        && Boolean.parseBoolean(System.getProperty(PROPERTY, "true"))
                ? prefetch
                : null;
    }

    static JoinedPrefetch of(@Nullable FluxPrefetch<?> prefetch) {
        return prefetch == null ? NONE : new JoinedPrefetch(prefetch.stepName(), prefetch.elements(), prefetch.bytes());
    }

    /**
     * Returns the bounds of a look-ahead to which this prefetch's are added.
     *
     * @param size the rows of a batch: only whole batches are counted
     */
    ReadAhead readAhead(long batches, int size, long maxBytes) {
        long maxElements = batches * size + elements / size * size;
        return bytes == Long.MAX_VALUE
                ? new ReadAhead(maxElements, maxBytes, elements / size * size)
                : new ReadAhead(maxElements, Operators.addCap(maxBytes, bytes));
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
        return this == NONE ? operator : name + ", " + operator;
    }

    /** Returns what is upstream for {@link Scannable}: the prefetch, and upstream of it the subscription. */
    @Nullable
    Object parent(@Nullable Subscription upstream) {
        return this == NONE || upstream == null ? upstream : new Step(name, upstream);
    }

    private record Step(String name, Subscription upstream) implements Scannable {

        @Override
        @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares and compares them
        public @Nullable Object scanUnsafe(Attr key) {
            return key == Attr.PARENT ? upstream : null;
        }

        @Override
        public String stepName() {
            return name;
        }
    }
}
