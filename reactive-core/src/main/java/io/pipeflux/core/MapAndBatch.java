package io.pipeflux.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collector;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Signal;
import reactor.util.context.Context;

/**
 * Cuts rows into groups and makes a batch of each, several at a time, in order.
 *
 * <p>Made of Reactor's operators. {@code flatMapSequential} keeps the order of batches but lets an error overtake those
 * that still wait; so errors travel through it as elements ({@link Signal}) and become errors again behind it.
 */
final class MapAndBatch<T, B> {

    /** Makes a batch, or the error that takes its place, having discarded the rows in the Context's way. */
    private interface BatchMaker<T, B> {
        Signal<B> make(List<T> rows, Context context);
    }

    private final BatchOptions options;
    private final BatchMaker<T, B> maker;

    private MapAndBatch(BatchOptions options, BatchMaker<T, B> maker) {
        this.options = options;
        this.maker = maker;
    }

    static <T, R> MapAndBatch<T, List<R>> mapping(BatchOptions options, Function<? super T, ? extends R> mapper) {
        Objects.requireNonNull(mapper, "mapper");
        return new MapAndBatch<>(options, (rows, context) -> {
            List<R> batch = new ArrayList<>(rows.size());
            try {
                for (T row : rows) {
                    batch.add(Objects.requireNonNull(mapper.apply(row), "the mapper returned null"));
                }
                return Signal.next(batch);
            } catch (Throwable t) {
                int failed = batch.size();
                Operators.onDiscardMultiple(batch, context);
                Operators.onDiscardMultiple(rows.subList(failed, rows.size()), context);
                return Signal.error(at(rows.get(failed), t));
            }
        });
    }

    static <T, A, B> MapAndBatch<T, B> collecting(
            BatchOptions options, Collector<? super T, A, ? extends B> collector) {
        Objects.requireNonNull(collector, "collector");
        return new MapAndBatch<>(options, (rows, context) -> {
            @Nullable T current = null;
            try {
                A batch = collector.supplier().get();
                for (T row : rows) {
                    current = row;
                    collector.accumulator().accept(batch, row);
                }
                current = null;
                return Signal.next(collector.finisher().apply(batch));
            } catch (Throwable t) {
                Operators.onDiscardMultiple(rows, context);
                return Signal.error(at(current, t));
            }
        });
    }

    Flux<B> apply(Flux<T> rows) {
        return Flux.deferContextual(view -> {
            Context context = Context.of(view);
            Flux<List<T>> groups = groups(rows, context);
            Flux<Signal<B>> batches = options.parallelism() == 0
                    ? groups.map(group -> maker.make(group, context))
                    : inParallel(groups, context);
            return batches.dematerialize();
        });
    }

    private Flux<List<T>> groups(Flux<T> rows, Context context) {
        Flux<List<T>> groups = rows.buffer(options.size());
        if (options.remainder() == Remainder.KEEP) {
            return groups;
        }
        return groups.handle((group, sink) -> {
            if (group.size() == options.size()) {
                sink.next(group);
            } else {
                Operators.onDiscardMultiple(group, context);
            }
        });
    }

    private Flux<Signal<B>> inParallel(Flux<List<T>> groups, Context context) {
        return groups.map(Signal::next)
                .onErrorResume(error -> Mono.just(Signal.error(error)))
                .flatMapSequential(signal -> inOrder(signal, context), options.parallelism(), 1);
    }

    private Mono<Signal<B>> inOrder(Signal<List<T>> signal, Context context) {
        List<T> group = signal.get();
        if (group == null) {
            return Mono.just(Signal.error(Objects.requireNonNull(signal.getThrowable())));
        }
        return Mono.fromCallable(() -> maker.make(group, context)).subscribeOn(options.scheduler());
    }

    private static Throwable at(@Nullable Object row, Throwable t) {
        if (row instanceof RawRecord record && !(t instanceof PipefluxException)) {
            t.addSuppressed(new RecordFailure(record));
        }
        return t;
    }

    /** Rides along with a mapper's exception and says which record it was thrown for. */
    private static final class RecordFailure extends PipefluxException {
        private static final long serialVersionUID = 1L;

        RecordFailure(RawRecord record) {
            super("thrown for a record", record.source(), record.position(), null);
        }
    }
}
