package io.pipeflux.core.operator;

import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

/**
 * A source whose signals are all sent by the test. {@link #given} returns the number of elements sent so far.
 */
final class StressSource extends Flux<Integer> {

    private CoreSubscriber<? super Integer> subscriber;
    private volatile boolean cancelled;
    private volatile boolean requestsFail;
    private volatile int given;

    @Override
    public void subscribe(CoreSubscriber<? super Integer> actual) {
        subscriber = actual;
        actual.onSubscribe(new Subscription() {
            @Override
            public void request(long n) {
                if (requestsFail) {
                    throw new IllegalStateException("a request that fails");
                }
            }

            @Override
            public void cancel() {
                cancelled = true;
            }
        });
    }

    /** Makes all further requests throw. */
    void failRequests() {
        requestsFail = true;
    }

    /**
     * Emits the numbers from {@code from} (inclusive) to {@code to} (exclusive). Stops early if the source is
     * cancelled.
     */
    void give(int from, int to) {
        for (int i = from; i < to && !cancelled; i++) {
            given++;
            subscriber.onNext(i);
        }
    }

    void complete() {
        if (!cancelled) {
            subscriber.onComplete();
        }
    }

    int given() {
        return given;
    }
}
