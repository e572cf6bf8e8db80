package io.pipeflux.s3.http;

import io.pipeflux.core.internal.Throwables;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Wraps a publisher that is not Pipeflux's own and may throw from {@code subscribe}, {@code request} or {@code cancel}.
 * Converts such an exception to an error signal. Otherwise, Reactor would rethrow fatal errors on the event loop, and
 * the request would not end before its time-out.
 */
final class CaughtPublisher<T> implements Publisher<T> {

    private final Publisher<T> source;

    CaughtPublisher(Publisher<T> source) {
        this.source = source;
    }

    @Override
    public void subscribe(Subscriber<? super T> actual) {
        Caught<T> caught = new Caught<>(Operators.serialize(Operators.toCoreSubscriber(actual)));
        try {
            source.subscribe(caught);
        } catch (Throwable t) {
            caught.fail(t);
        }
    }

    private static final class Caught<T> implements CoreSubscriber<T>, Subscription {

        private final CoreSubscriber<? super T> actual;
        private final AtomicBoolean ended = new AtomicBoolean();
        private volatile @Nullable Subscription upstream;

        Caught(CoreSubscriber<? super T> actual) {
            this.actual = actual;
        }

        @Override
        public void onSubscribe(Subscription s) {
            if (Operators.validate(upstream, s)) {
                upstream = s;
                actual.onSubscribe(this);
            }
        }

        @Override
        public void onNext(T element) {
            if (!ended.get()) {
                actual.onNext(element);
            }
        }

        @Override
        public void onError(Throwable t) {
            if (ended.compareAndSet(false, true)) {
                actual.onError(t);
            }
        }

        @Override
        public void onComplete() {
            if (ended.compareAndSet(false, true)) {
                actual.onComplete();
            }
        }

        void fail(Throwable t) {
            if (!ended.compareAndSet(false, true)) {
                Throwables.drop(t, actual.currentContext());
                return;
            }
            Subscription s = upstream;
            if (s == null) {
                Throwables.refuse(actual, t);
            } else {
                Throwables.cancel(s, actual.currentContext());
                Throwables.end(actual, t, actual.currentContext());
            }
        }

        @Override
        public void request(long n) {
            Subscription s = upstream;
            if (s != null) {
                try {
                    s.request(n);
                } catch (Throwable t) {
                    fail(t);
                }
            }
        }

        @Override
        public void cancel() {
            ended.set(true);
            Subscription s = upstream;
            if (s != null) {
                Throwables.cancel(s, actual.currentContext());
            }
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }
    }
}
