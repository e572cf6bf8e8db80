package io.pipeflux.records.arrow;

import io.pipeflux.records.batch.ColumnBatch;
import java.util.function.Consumer;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.util.context.Context;

/**
 * Passes on all signals unchanged, and also gives the source's subscription to a consumer. The encoder uses the
 * subscription to find out which operator emits the batches.
 */
final class SeenSource extends FluxOperator<ColumnBatch, ColumnBatch> {

    private final Consumer<Subscription> onSubscribe;

    SeenSource(Flux<ColumnBatch> source, Consumer<Subscription> onSubscribe) {
        super(source);
        this.onSubscribe = onSubscribe;
    }

    @Override
    public void subscribe(CoreSubscriber<? super ColumnBatch> actual) {
        source.subscribe(new CoreSubscriber<ColumnBatch>() {
            @Override
            public void onSubscribe(Subscription s) {
                onSubscribe.accept(s);
                actual.onSubscribe(s);
            }

            @Override
            public void onNext(ColumnBatch batch) {
                actual.onNext(batch);
            }

            @Override
            public void onError(Throwable t) {
                actual.onError(t);
            }

            @Override
            public void onComplete() {
                actual.onComplete();
            }

            @Override
            public Context currentContext() {
                return actual.currentContext();
            }
        });
    }
}
