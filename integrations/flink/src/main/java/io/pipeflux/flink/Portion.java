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
 * Hands a stream's elements in portions of about 1 MiB to a thread that is allowed to block. The first portion is one
 * element. After that, the number of elements is calculated from the average size of the elements so far. With {@link
 * #ahead}, the next portion is produced while the thread uses the previous one.
 */
final class Portion<T> extends BaseSubscriber<T> {

    /** The size of a portion in bytes. */
    private static final long BYTES = 1 << 20;

    private static final int MAX_ELEMENTS = 1024;
    private static final long PATIENCE_NANOS = Duration.ofMillis(20).toNanos();

    private final int portions;
    private final ToLongFunction<T> bytesOf;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Queue<T> arrived = new ArrayDeque<>();
    private long outstanding;
    private int portion = 1; // the number of elements in a portion
    private boolean impatient; // whether the thread returns as soon as one element arrives
    private boolean ended;
    private boolean woken;
    private @Nullable Throwable error;

    // used only by the thread that calls take()
    private long elements;
    private long bytes;

    private Portion(int portions, ToLongFunction<T> bytesOf) {
        this.portions = portions;
        this.bytesOf = bytesOf;
    }

    /** Returns an instance that takes one element at a time and requests none in advance. */
    static <T> Portion<T> ofOne() {
        return new Portion<>(1, element -> BYTES);
    }

    /** Returns an instance that requests the next portion while the previous one is in use. */
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

    /** Makes {@link #take} return: the call in progress or, if there is none, the next call. */
    void wakeUp() {
        lock.lock();
        try {
            woken = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether the stream has completed and all its elements were taken. */
    boolean isEnded() {
        lock.lock();
        try {
            return ended && error == null && arrived.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns the next elements, and waits for them if necessary. The result is empty only after the end of the stream
     * or after {@link #wakeUp}.
     *
     * @throws Throwable the stream's error, once all elements before it have been taken
     */
    List<T> take() throws Throwable {
        request();
        List<T> taken = await();
        for (T element : taken) {
            elements++;
            bytes += bytesOf.applyAsLong(element);
        }
        if (portions > 1) {
            request(); // the next elements are produced while this thread hands over the taken elements
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
            request(more); // outside of the lock, because this call may emit elements
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
