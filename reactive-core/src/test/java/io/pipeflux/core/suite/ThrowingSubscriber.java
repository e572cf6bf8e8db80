package io.pipeflux.core.suite;

import io.pipeflux.core.suite.ThrowablesContract.Place;
import io.pipeflux.core.suite.ThrowablesContract.Threads;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** Keeps what it is given, what is discarded and what is dropped, and throws where a scenario has it throw. */
final class ThrowingSubscriber<R> implements CoreSubscriber<R> {

    private final Place place;
    private final Throwable toThrow;
    private final Threads threads;
    private final Context context;

    final List<R> received = new CopyOnWriteArrayList<>();
    final List<Object> discarded = new CopyOnWriteArrayList<>();
    final List<Object> nextDropped = new CopyOnWriteArrayList<>();
    final List<Throwable> errorsDropped = new CopyOnWriteArrayList<>();
    final List<String> ends = new CopyOnWriteArrayList<>();
    final CountDownLatch over = new CountDownLatch(1);

    volatile Subscription upstream;
    volatile Throwable error;

    /** What {@code request} or {@code cancel} of the operator threw: they must not. */
    volatile Throwable escaped;

    ThrowingSubscriber(Place place, Throwable toThrow, Threads threads) {
        this.place = place;
        this.toThrow = toThrow;
        this.threads = threads;
        this.context = Operators.enableOnDiscard(Context.empty(), this::discarded)
                .put("reactor.onErrorDropped.local", (Consumer<Throwable>) this::errorDropped)
                .put("reactor.onNextDropped.local", (Consumer<Object>) nextDropped::add)
                .put("reactor.onOperatorError.local", (BiFunction<Throwable, Object, Throwable>) this::operatorError);
    }

    private void discarded(Object element) {
        discarded.add(element);
        throwAt(Place.DISCARD_HOOK);
    }

    private void errorDropped(Throwable t) {
        errorsDropped.add(t);
        throwAt(Place.CANCEL_AND_DROPPED_HOOK);
        throwAt(Place.ON_ERROR_AND_DROPPED_HOOK);
    }

    private Throwable operatorError(Throwable t, Object data) {
        throwAt(Place.OPERATOR_ERROR_HOOK);
        return t;
    }

    private void throwAt(Place here) {
        if (place == here) {
            Thrown.sneak(toThrow);
        }
    }

    @Override
    public Context currentContext() {
        return context;
    }

    @Override
    public void onSubscribe(Subscription s) {
        upstream = s;
        throwAt(Place.ON_SUBSCRIBE);
        if (threads == Threads.REENTRANT) {
            request(1);
        }
        throwAt(Place.AFTER_REQUEST_IN_ON_SUBSCRIBE);
    }

    void request(long n) {
        guarded(() -> upstream.request(n));
    }

    void cancel() {
        guarded(() -> upstream.cancel());
        over.countDown();
    }

    private void guarded(Runnable call) {
        try {
            call.run();
        } catch (Throwable t) {
            escaped = t;
        }
    }

    @Override
    public void onNext(R element) {
        received.add(element);
        if (place == Place.OPERATOR_ERROR_HOOK) {
            throw new IllegalStateException("for the hook");
        }
        throwAt(Place.ON_NEXT);
        if (place.cancels) {
            cancel();
            return;
        }
        if (threads == Threads.REENTRANT) {
            request(1);
        }
        throwAt(Place.AFTER_REQUEST_IN_ON_NEXT);
    }

    @Override
    public void onError(Throwable t) {
        error = t;
        ends.add("error");
        over.countDown();
        throwAt(Place.ON_ERROR);
        throwAt(Place.ON_ERROR_AND_DROPPED_HOOK);
    }

    @Override
    public void onComplete() {
        ends.add("complete");
        over.countDown();
        throwAt(Place.ON_COMPLETE);
    }
}
