package io.pipeflux.core.operator;

import io.pipeflux.core.internal.DrainingSubscriber;
import io.pipeflux.core.internal.Throwables;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;

/** Draws each element from one of several sources, at random according to their weights. */
final class FluxSample<T> extends FluxOperator<Flux<T>, T> {

    private final WhenOneEnds end;
    private final long seed;
    private final double[] weights;

    private FluxSample(Flux<Flux<T>> sources, WhenOneEnds end, long seed, double[] weights) {
        super(sources);
        this.end = end;
        this.seed = seed;
        this.weights = weights;
    }

    static <T> Flux<T> of(Flux<Flux<T>> sources, WhenOneEnds end, long seed, double[] weights) {
        return onAssembly(new FluxSample<>(sources, end, seed, weights));
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        SampleSubscriber<T> subscriber;
        try {
            MixStart start = MixStart.of(actual.currentContext(), stepName());
            WeightedDraw draw = new WeightedDraw(weights, seed, start.pass().epoch());
            subscriber = new SampleSubscriber<>(actual, weights.length, start, draw, end);
        } catch (Throwable t) {
            Throwables.refuse(actual, Throwables.toSignal(t, actual.currentContext()));
            return;
        }
        DrainingSubscriber.subscribe(source, subscriber);
    }

    @Override
    public String stepName() {
        return "sample(" + end + ", " + seed + ", " + WeightedDraw.text(weights) + ")";
    }

    static final class SampleSubscriber<T> extends MixSubscriber<T, T> {

        private final WeightedDraw draw;
        private final WhenOneEnds end;

        SampleSubscriber(
                CoreSubscriber<? super T> actual, int sources, MixStart start, WeightedDraw draw, WhenOneEnds end) {
            super(actual, sources, start);
            this.draw = draw;
            this.end = end;
        }

        @Override
        protected void ended(int source) {
            draw.end(source);
        }

        @Override
        protected void emitFrom() {
            long limit = requested();
            long emitted = 0;
            while (!isOver()) {
                int drawn = draw.source(marks.ordinal());
                if (drawn < 0) {
                    complete();
                    break;
                }
                InterleaveSource<T> from = Objects.requireNonNull(source(drawn));
                boolean drops = drops();
                // checked before the queue is polled, so that the last elements are not missed
                boolean done = from.isDone();
                T element = emitted == limit && !drops ? from.peek() : from.poll();
                if (element == null) {
                    if (!done || !endOf(drawn, from)) {
                        break;
                    }
                    continue;
                }
                if (drops) {
                    dropped();
                    from.discard(mixed(drawn, from, element));
                } else if (emitted == limit) {
                    break;
                } else {
                    emitted++;
                    actual.onNext(mixed(drawn, from, element));
                }
                from.taken();
            }
            produced(emitted);
        }

        /** Handles the end of a source. Returns whether another source can be drawn instead. */
        private boolean endOf(int drawn, InterleaveSource<T> from) {
            @Nullable Throwable t = from.takeError();
            if (t != null) {
                signalEnd(t);
                return false;
            }
            if (end == WhenOneEnds.STOP) {
                complete();
                return false;
            }
            end(drawn);
            draw.end(drawn);
            return true;
        }

        private T mixed(int drawn, InterleaveSource<T> from, T element) {
            try {
                mark();
                return marks.mixed(drawn, element);
            } catch (Throwable t) {
                from.discard(element);
                throw t;
            }
        }
    }
}
