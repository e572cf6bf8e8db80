package io.pipeflux.core.operator;

import io.pipeflux.core.Pass;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.FluxConcat;
import io.pipeflux.core.internal.Guarded;
import java.util.function.Consumer;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;
import reactor.util.Logger;
import reactor.util.Loggers;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/** Subscribes to a source once per pass, each time with its own Context. */
final class Repeat {

    private static final CoreAccess CORE = CoreAccess.get();
    private static final Logger LOG = Loggers.getLogger(Repeat.class);

    private Repeat() {}

    static <T> Flux<T> times(Flux<T> source, int epochs) {
        return Guarded.deferContextual(context -> {
            Pass first = first(context, "repeat(" + epochs + ")");
            int passes = (int) Math.max(0, epochs - first.epoch());
            if (passes == 0 && epochs > 0) {
                LOG.warn(
                        "repeat({}) has no epoch left to read: the resume point is in epoch {}, counted from 0, so all"
                                + " epochs were read before",
                        epochs,
                        first.epoch());
            }
            Flux<Pass> all = Flux.range(0, passes).map(n -> CORE.number(first, n));
            return new FluxConcat<>(all, new Passes<>(source, passes == 1), "repeat(" + epochs + ")");
        });
    }

    static <T> Flux<T> untilEmpty(Flux<T> source) {
        return Guarded.deferContextual(context -> {
            EndlessPasses<T> passes = new EndlessPasses<>(source, first(context, "repeat()"));
            return new FluxConcat<>(Flux.generate(passes), passes, "repeat()");
        });
    }

    /**
     * Returns the first pass. Throws an exception if this repeat is nested in another one. Otherwise, both repeats
     * would count the same epochs, and rows would be lost.
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

    /** Subscribes to the source once per pass. */
    private static class Passes<T> implements FluxConcat.Sources<Pass, T> {

        private final Flux<T> source;
        private final boolean single;

        /**
         * Creates the passes.
         *
         * @param single whether there is only one pass. If so, the source is subscribed to as early as it would be
         *     without the repeat
         */
        Passes(Flux<T> source, boolean single) {
            this.source = source;
            this.single = single;
        }

        @Override
        public Publisher<T> of(Pass pass) {
            return source;
        }

        @Override
        public boolean early() {
            return single;
        }

        @Override
        public Context in(Pass pass, Context context) {
            return CORE.in(pass, context);
        }
    }

    private static final class EndlessPasses<T> extends Passes<T> implements Consumer<SynchronousSink<Pass>> {

        private final Pass first;
        private long made;
        private boolean wasEmpty;

        EndlessPasses(Flux<T> source, Pass first) {
            super(source, false);
            this.first = first;
        }

        @Override
        public void accept(SynchronousSink<Pass> sink) {
            if (wasEmpty) {
                sink.complete();
            } else {
                sink.next(CORE.number(first, made++));
            }
        }

        @Override
        public void completed(Pass pass, long emitted) {
            // an empty pass ends the repetition, unless the pass reads only the rest of an epoch
            boolean restOfEpoch = (made == 1 && CORE.startsInsideEpoch(first)) || CORE.rest(pass) != null;
            wasEmpty = emitted == 0 && !restOfEpoch;
        }
    }
}
