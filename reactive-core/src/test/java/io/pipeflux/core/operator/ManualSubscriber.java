package io.pipeflux.core.operator;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/** Asks for nothing by itself, and keeps what comes. */
final class ManualSubscriber<T> extends BaseSubscriber<T> {

    final List<T> received = Collections.synchronizedList(new ArrayList<>());

    @Override
    protected void hookOnSubscribe(Subscription subscription) {}

    @Override
    protected void hookOnNext(T value) {
        received.add(value);
    }

    @Override
    protected void hookOnError(Throwable t) {}
}
