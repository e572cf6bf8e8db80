package io.pipeflux.core;

import reactor.core.publisher.Flux;

/** Subscribes to a source once per pass, each time with a Context of its own. */
final class Repeat {

    private Repeat() {}

    static <T> Flux<T> times(Flux<T> source, int epochs) {
        return Flux.deferContextual(context -> {
            Pass first = Pass.current(context);
            int passes = (int) Math.max(0, epochs - first.epoch());
            return Flux.range(0, passes).concatMap(n -> inPass(source, first.number(n)), 0);
        });
    }

    static <T> Flux<T> untilEmpty(Flux<T> source) {
        return Flux.deferContextual(context -> {
            EndlessPasses<T> passes = new EndlessPasses<>(source, Pass.current(context));
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

    private static <T> Flux<T> inPass(Flux<T> source, Pass pass) {
        return source.contextWrite(pass::in);
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
            yielded = false;
            return first.number(made++);
        }

        Flux<T> subscribe(Pass pass) {
            return inPass(source, pass).doOnNext(element -> yielded = true);
        }
    }
}
