package io.pipeflux.core.operator;

import io.pipeflux.core.Pass;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.Guarded;
import reactor.core.publisher.Flux;
import reactor.util.Logger;
import reactor.util.Loggers;
import reactor.util.context.ContextView;

/** Subscribes to a source once per pass, each time with a Context of its own. */
final class Repeat {

    private static final CoreAccess CORE = CoreAccess.get();
    private static final Logger LOG = Loggers.getLogger(Repeat.class);

    private Repeat() {}

    static <T> Flux<T> times(Flux<T> source, int epochs) {
        return Flux.deferContextual(context -> {
            Pass first = first(context, "repeat(" + epochs + ")");
            int passes = (int) Math.max(0, epochs - first.epoch());
            if (passes == 0 && epochs > 0) {
                LOG.warn(
                        "repeat({}) has no epoch left to read: the resume point is in epoch {}, counted from 0, so all"
                                + " epochs were read before",
                        epochs,
                        first.epoch());
            }
            return Flux.range(0, passes).concatMap(n -> inPass(source, CORE.number(first, n)), 0);
        });
    }

    static <T> Flux<T> untilEmpty(Flux<T> source) {
        return Flux.deferContextual(context -> {
            EndlessPasses<T> passes = new EndlessPasses<>(source, first(context, "repeat()"));
            return Flux.<Pass>generate(sink -> {
                        if (passes.lastWasEmpty()) {
                            sink.complete();
                        } else {
                            sink.next(passes.next());
                        }
                    })
                    .concatMap(passes::subscribe, 0); // 0: the next pass is generated when this one has ended
        });
    }

    /**
     * Returns the first pass. A repeat inside another repeat is refused: both would count the same epochs, and rows
     * would be lost.
     */
    private static Pass first(ContextView context, String name) {
        Pass first = Pass.current(context);
        if (CORE.isRepeated(first)) {
            throw new IllegalStateException(name + " is nested in another repeat, and both would count the same epochs:"
                    + " use one repeat, or start from the beginning in each outer pass by a"
                    + " .contextWrite(context -> context.delete(Pass.class)) after the inner one");
        }
        return first;
    }

    private static <T> Flux<T> inPass(Flux<T> source, Pass pass) {
        // guarded, since an exception from the subscription would leave concatMap without an end
        return Guarded.defer(() -> source.contextWrite(context -> CORE.in(pass, context)));
    }

    private static final class EndlessPasses<T> {

        private final Flux<T> source;
        private final Pass first;
        private long made;
        private boolean yielded = true;

        EndlessPasses(Flux<T> source, Pass first) {
            this.source = source;
            this.first = first;
        }

        boolean lastWasEmpty() {
            return !yielded;
        }

        Pass next() {
            yielded = made == 0 && CORE.startsInsideEpoch(first); // the rest of an epoch may be empty
            return CORE.number(first, made++);
        }

        Flux<T> subscribe(Pass pass) {
            return inPass(source, pass).doOnNext(element -> yielded = true);
        }
    }
}
