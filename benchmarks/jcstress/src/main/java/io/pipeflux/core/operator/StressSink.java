package io.pipeflux.core.operator;

import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.util.context.Context;

/** Counts the elements that are emitted, discarded or dropped, and the terminal signals. */
final class StressSink implements CoreSubscriber<Object> {

    static final String BALANCED = "each element was emitted or discarded, once";

    private static final int ERROR = 10;

    private final AtomicInteger count = new AtomicInteger();
    private final AtomicInteger ends = new AtomicInteger();
    private final Consumer<?> discarded = each -> count.incrementAndGet();
    Subscription upstream;

    @Override
    public void onSubscribe(Subscription subscription) {
        upstream = subscription;
    }

    @Override
    public void onNext(Object element) {
        count.addAndGet(element instanceof Collection<?> batch ? batch.size() : 1);
    }

    @Override
    public void onError(Throwable t) {
        ends.addAndGet(ERROR);
    }

    @Override
    public void onComplete() {
        ends.incrementAndGet();
    }

    @Override
    public Context currentContext() {
        return Context.of(
                "reactor.onDiscard.local",
                discarded,
                "reactor.onNextDropped.local",
                discarded,
                "reactor.onErrorDropped.local",
                (Consumer<Throwable>) late -> {});
    }

    /** Returns the outcome as text: {@link #BALANCED} if nothing is wrong. */
    String outcome(int given) {
        if (ends.get() > 1) {
            return "ended twice, or with an error";
        }
        return balance(given);
    }

    /** Returns the outcome of a test in which every element and the completion signal must have arrived. */
    String outcomeOfAll(int given) {
        return ends.get() != 1 ? "no end" : outcome(given);
    }

    /**
     * Returns the outcome of a test in which the stream must have terminated exactly once, with or without an error.
     */
    String outcomeOfOneEnd(int given) {
        int sent = ends.get();
        if (sent != 1 && sent != ERROR) {
            return sent == 0 ? "no end" : "two ends";
        }
        return balance(given);
    }

    private String balance(int given) {
        int accounted = count.get();
        if (accounted == given) {
            return BALANCED;
        }
        return accounted < given ? "an element was lost" : "an element was emitted twice";
    }
}
