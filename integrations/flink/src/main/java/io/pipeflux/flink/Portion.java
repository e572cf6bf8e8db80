package io.pipeflux.flink;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/**
 * Takes a stream's elements in portions of about 1 MiB, for a thread that may block. It requests as many elements as
 * such a portion had until now, first one. With {@link #ahead} the next
 * portion is made meanwhile.
 */
final class Portion<T> extends BaseSubscriber<T> {

    /** The size of a portion. */
    private static final long BYTES = 1 << 20;

    private static final int MAX_ELEMENTS = 1024;
    private static final long PATIENCE_NANOS = Duration.ofMillis(20).toNanos();

    private final int portions;
    private final ToLongFunction<T> bytesOf;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Queue<T> arrived = new ArrayDeque<>();
    private long outstanding;
    private int portion = 1; // elements
    private boolean impatient; // one element is enough
    private boolean ended;
    private boolean woken;
    private @Nullable Throwable error;

    // used by the thread that takes only
    private long elements;
    private long bytes;

    private Portion(int portions, ToLongFunction<T> bytesOf) {
        this.portions = portions;
        this.bytesOf = bytesOf;
    }

    /** Returns one that takes element by element, and requests nothing ahead. */
    static <T> Portion<T> ofOne() {
        return new Portion<>(1, element -> BYTES);
    }

    /** Returns one that requests a portion ahead. */
    static <T> Portion<T> ahead(ToLongFunction<T> bytesOf) {
        return new Portion<>(2, bytesOf);
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {}

    @Override
    protected void hookOnNext(T element) {
        lock.lock();
        try {
            arrived.add(element);
            outstanding--;
            if (arrived.size() == portion || impatient) {
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    protected void hookOnComplete() {
        end(null);
    }

    @Override
    protected void hookOnError(Throwable t) {
        end(t);
    }

    private void end(@Nullable Throwable t) {
        lock.lock();
        try {
            ended = true;
            error = t;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Makes the present or the next {@link #take} return. */
    void wakeUp() {
        lock.lock();
        try {
            woken = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether all elements were taken. */
    boolean isEnded() {
        lock.lock();
        try {
            return ended && error == null && arrived.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns the next elements, of which there are none only after the end or a {@link #wakeUp}.
     *
     * @throws Throwable the stream's error, after the elements before it
     */
    List<T> take() throws Throwable {
        request();
        List<T> taken = await();
        for (T element : taken) {
            elements++;
            bytes += bytesOf.applyAsLong(element);
        }
        if (portions > 1) {
            request(); // the elements are made while this thread hands the taken ones on
        }
        return taken;
    }

    private void request() {
        long size = elements == 0 ? 1 : BYTES * elements / Math.max(1, bytes);
        long more;
        lock.lock();
        try {
            portion = (int) Math.max(1, Math.min(MAX_ELEMENTS, size));
            more = ended ? 0 : Math.max(0, (long) portions * portion - outstanding - arrived.size());
            outstanding += more;
        } finally {
            lock.unlock();
        }
        if (more > 0) {
            request(more); // elements that are available are emitted by this call
        }
    }

    private List<T> await() throws Throwable {
        lock.lock();
        try {
            long left = PATIENCE_NANOS;
            while (arrived.size() < portion && !ended && !woken && left > 0) {
                left = changed.awaitNanos(left);
            }
            impatient = true;
            while (arrived.isEmpty() && !ended && !woken) {
                changed.await();
            }
            impatient = false;
            woken = false;
            List<T> taken = new ArrayList<>();
            while (taken.size() < portion && !arrived.isEmpty()) {
                taken.add(arrived.remove());
            }
            if (taken.isEmpty() && error != null) {
                throw error;
            }
            return taken;
        } finally {
            lock.unlock();
        }
    }
}
