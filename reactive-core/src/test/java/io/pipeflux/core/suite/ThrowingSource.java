package io.pipeflux.core.suite;

import io.pipeflux.core.suite.ThrowablesContract.Item;
import io.pipeflux.core.suite.ThrowablesContract.Place;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/** Gives numbered items as they are asked for, and throws where a scenario has it throw. */
final class ThrowingSource extends Flux<Item> {

    static final int ITEMS = 10;

    private final Place place;
    private final Throwable toThrow;
    private final Executor thread;

    final List<Item> given = new CopyOnWriteArrayList<>();
    final AtomicInteger cancels = new AtomicInteger();

    volatile boolean subscribed;
    volatile boolean ended;

    /** What an {@code on...} method of the operator threw: it must not. */
    volatile Throwable escaped;

    private CoreSubscriber<? super Item> actual;
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicLong requested = new AtomicLong();
    private final AtomicInteger wip = new AtomicInteger();

    ThrowingSource(Place place, Throwable toThrow, Executor thread) {
        this.place = place;
        this.toThrow = toThrow;
        this.thread = thread;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Item> actual) {
        this.actual = actual;
        throwAt(Place.SUBSCRIBE);
        subscribed = true;
        actual.onSubscribe(new Giving());
        throwAt(Place.AFTER_SUBSCRIBE);
    }

    private void throwAt(Place here) {
        if (place == here) {
            Thrown.sneak(toThrow);
        }
    }

    boolean isCancelled() {
        return cancels.get() > 0;
    }

    /**
     * Gives an item and an error that nobody has asked for any more, as a source may that sees the cancellation late.
     */
    void giveLate(Throwable late) {
        if (!subscribed || ended) {
            return;
        }
        ended = true;
        guarded(() -> give(new Item(given.size())));
        guarded(() -> actual.onError(late));
    }

    private void give(Item item) {
        given.add(item);
        actual.onNext(item);
    }

    private void guarded(Runnable signal) {
        try {
            signal.run();
        } catch (Throwable t) {
            escaped = t;
            ended = true;
        }
    }

    private final class Giving implements Subscription {

        @Override
        public void request(long n) {
            int call = requests.incrementAndGet();
            if (call == 1) {
                throwAt(Place.REQUEST);
            }
            requested.accumulateAndGet(n, Operators::addCap);
            thread.execute(this::drain);
            if (call == 1) {
                throwAt(Place.AFTER_REQUEST);
            } else if (call == 2) {
                throwAt(Place.SECOND_REQUEST);
            }
        }

        private void drain() {
            if (wip.getAndIncrement() != 0) {
                return;
            }
            do {
                while (requested.get() > 0 && given.size() < ITEMS && !isCancelled() && escaped == null) {
                    requested.decrementAndGet();
                    guarded(() -> give(new Item(given.size())));
                }
                if (given.size() >= ITEMS && !isCancelled() && !ended && escaped == null) {
                    ended = true;
                    guarded(place.sourceFails ? () -> actual.onError(ThrowablesContract.failed()) : actual::onComplete);
                }
            } while (wip.decrementAndGet() != 0);
        }

        @Override
        public void cancel() {
            cancels.incrementAndGet();
            throwAt(Place.CANCEL);
            throwAt(Place.CANCEL_AND_DROPPED_HOOK);
        }
    }
}
