package io.pipeflux.flink;

import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Operators;

/**
 * Hands elements to one subscriber, on the task's thread. The thread waits for demand. In this way, a slow store slows
 * down the task.
 */
final class ElementHandoff<T> implements Publisher<T>, Subscription {

    private @Nullable Subscriber<? super T> subscriber; // all fields are guarded by this
    private long requested;
    private boolean cancelled;
    private boolean ended;

    @Override
    public void subscribe(Subscriber<? super T> actual) {
        synchronized (this) {
            if (subscriber != null) {
                throw new IllegalStateException("expected one subscriber, but got another one");
            }
            subscriber = actual;
        }
        actual.onSubscribe(this);
    }

    @Override
    public synchronized void request(long n) {
        requested = Operators.addCap(requested, n);
        notifyAll();
    }

    @Override
    public synchronized void cancel() {
        cancelled = true;
        notifyAll();
    }

    /**
     * Cancels the subscription. The subscriber's owner calls this method when the subscriber will not request any more
     * elements.
     */
    void stop() {
        cancel();
    }

    /** Waits until an element is requested, and emits it. Returns false if the subscriber has cancelled. */
    boolean next(T element) throws InterruptedException {
        Subscriber<? super T> to;
        synchronized (this) {
            while (requested == 0 && !cancelled) {
                wait();
            }
            if (cancelled) {
                return false;
            }
            requested--;
            to = subscriber();
        }
        to.onNext(element);
        return true;
    }

    void complete() {
        Subscriber<? super T> to = ending();
        if (to != null) {
            to.onComplete();
        }
    }

    /** Emits an error, unless the stream has already ended. Returns whether the error was emitted. */
    boolean fail() {
        Subscriber<? super T> to = ending();
        if (to != null) {
            to.onError(new CancellationException("the task ended before its checkpoint"));
        }
        return to != null;
    }

    private synchronized @Nullable Subscriber<? super T> ending() {
        boolean over = cancelled || ended;
        ended = true;
        return over ? null : subscriber();
    }

    private Subscriber<? super T> subscriber() {
        Subscriber<? super T> known = subscriber;
        if (known == null) {
            throw new IllegalStateException("expected a subscriber, but got none");
        }
        return known;
    }
}
