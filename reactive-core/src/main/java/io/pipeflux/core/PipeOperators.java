package io.pipeflux.core;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collector;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The operators, each a function for {@link Flux#transform}; with static imports a pipeline reads
 *
 * <pre>{@code
 * Flux<ColumnBatch> batches = PipeChannels.fromChannel("train")
 *         .transform(TfRecords.decode())
 *         .transform(repeat(EPOCHS))
 *         .transform(prefetch(10))
 *         .transform(mapAndBatch(64, 2, schema.batches()));
 * }</pre>
 *
 * <p>An operator kept in a variable needs its types told: {@code Function<Flux<RawRecord>, Flux<RawRecord>> ahead =
 * prefetch(10)}. All are stateless: state is made when the result is subscribed to. All pass the subscriber's Context
 * on.
 */
public final class PipeOperators {

    private PipeOperators() {}

    /**
     * Subscribes to the source again and again until {@code epochs} passes have been made <em>in total</em>, as
     * tf.data's {@code repeat(count)}. ({@link Flux#repeat(long) Flux.repeat(n)} makes n <em>more</em> and gives all of
     * them one Context.)
     *
     * <pre>
     *   source   --a--b-|      --a--b-|
     *   repeat(2)
     *   result   --a--b--------a--b-|
     *             pass 0       pass 1
     * </pre>
     *
     * <p>Each pass is a new subscription with a {@link Pass} of its own in its Context; the next is made when the one
     * before has completed, and asks for no more than downstream has. Where the subscriber starts at a
     * {@linkplain Pass#resumeAt resume point} of epoch e, the epochs from e to {@code epochs - 1} are read. An error of
     * any pass ends the result. Stands behind the decoder; is not to be nested.
     *
     * @param epochs the total number of passes; 0 gives an empty result; negative is refused
     */
    public static <T> Function<Flux<T>, Flux<T>> repeat(int epochs) {
        if (epochs < 0) {
            throw new IllegalArgumentException("epochs >= 0 required but it was " + epochs);
        }
        return source -> Repeat.times(source, epochs);
    }

    /**
     * Subscribes to the source again and again, as {@link #repeat(int)}, until a pass yields nothing.
     */
    public static <T> Function<Flux<T>, Flux<T>> repeat() {
        return Repeat::untilEmpty;
    }

    /**
     * Reads up to {@code elements} ahead of downstream and hands them over on another thread,
     * {@link Schedulers#parallel()}.
     *
     * <p>Requests {@code elements} from upstream at once, and again three quarters of them whenever as many have been
     * taken. An error comes after the elements before it. Elements that wait when the subscriber cancels are discarded.
     *
     * @param elements the most elements that wait, at least 1
     */
    public static <T> Function<Flux<T>, Flux<T>> prefetch(int elements) {
        return prefetch(elements, Schedulers.parallel());
    }

    /**
     * As {@link #prefetch(int)}, handing over on a given scheduler.
     *
     * @param scheduler emits to downstream; must be another one if downstream blocks
     */
    public static <T> Function<Flux<T>, Flux<T>> prefetch(int elements, Scheduler scheduler) {
        if (elements < 1) {
            throw new IllegalArgumentException("prefetch >= 1 required but it was " + elements);
        }
        return source -> source.publishOn(scheduler, true, elements);
    }

    /**
     * Maps every row and gathers the results in lists of {@code size}, keeping the order and a last, shorter list: as
     * {@link #mapAndBatch(BatchOptions, Function)} with {@link BatchOptions#of}.
     */
    public static <T, R> Function<Flux<T>, Flux<List<R>>> mapAndBatch(
            int size, int parallelism, Function<? super T, ? extends R> mapper) {
        return mapAndBatch(BatchOptions.of(size, parallelism), mapper);
    }

    /**
     * Collects every {@code size} rows into a batch, keeping the order and a last, smaller batch: as
     * {@link #mapAndBatch(BatchOptions, Collector)} with {@link BatchOptions#of}.
     */
    public static <T, B> Function<Flux<T>, Flux<B>> mapAndBatch(
            int size, int parallelism, Collector<? super T, ?, ? extends B> collector) {
        return mapAndBatch(BatchOptions.of(size, parallelism), collector);
    }

    /**
     * Maps every row and gathers the results in lists, several lists at a time; lists come in the order of the rows.
     *
     * <pre>
     *   source                --1--2--3--4--X(error)
     *   mapAndBatch(2, 2, f)
     *   result                --------[f1,f2]--[f3,f4]--X
     * </pre>
     *
     * <p>Reads at most {@link BatchOptions#of parallelism} batches of rows ahead of downstream's demand; with
     * parallelism 0 none, and everything happens on the thread that brings the rows. An error, of the source or of the
     * mapper, takes the place of the batch it falls in, behind all batches before it; the rows of that batch are
     * discarded. An exception of the mapper keeps its type; where the row is a {@link RawRecord}, its position rides
     * along as a suppressed exception.
     *
     * @param mapper is called on {@link BatchOptions#scheduler}, for several rows at a time, and does not return null;
     *     must not block unless that scheduler allows it
     */
    public static <T, R> Function<Flux<T>, Flux<List<R>>> mapAndBatch(
            BatchOptions options, Function<? super T, ? extends R> mapper) {
        BatchMaker<List<R>> maker = BatchMaker.mapping(mapper);
        return rows -> FluxMapAndBatch.of(rows, options, maker);
    }

    /**
     * As {@link #mapAndBatch(BatchOptions, Function)}, with a collector that makes a batch of the rows: such as
     * {@code schema.batches()} of the records module, whose batches are columns.
     *
     * @param collector is called on {@link BatchOptions#scheduler}; each batch has an accumulation of its own
     */
    public static <T, B> Function<Flux<T>, Flux<B>> mapAndBatch(
            BatchOptions options, Collector<? super T, ?, ? extends B> collector) {
        BatchMaker<B> maker = BatchMaker.collecting(collector);
        return rows -> FluxMapAndBatch.of(rows, options, maker);
    }
}
