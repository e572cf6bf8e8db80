package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.repeat;
import static io.pipeflux.core.operator.PipeOperators.shard;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SkipPolicy;
import io.pipeflux.core.suite.ByteFrames;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;

/** What a pipeline's monitor says of operators that are joined, and of those that are not. */
class JoinedStepsTest {

    private static final String IN_RUNS = "; rows arrive in runs";

    @AfterEach
    void noHooks() {
        System.clearProperty(JoinedPrefetch.PROPERTY);
        Hooks.resetOnEachOperator("test");
        Hooks.resetOnLastOperator("test");
        Hooks.resetOnOperatorDebug();
    }

    private static Flux<RawRecord> rows() {
        return Flux.defer(() -> Flux.fromIterable(ByteFrames.chunks(ByteFrames.frames("a", "b", "c"), 4)))
                .transform(ByteFrames.FORMAT.decode());
    }

    private static <B> List<String> steps(Flux<B> batches) {
        PipelineMonitor monitor = PipelineMonitor.create("test");
        List<String> meanwhile = new ArrayList<>();
        batches.doOnNext(batch -> meanwhile.addAll(monitor.steps()))
                .contextWrite(monitor.watch())
                .blockLast();
        assertThat(monitor.steps()).as("after the end").containsAll(meanwhile);
        return monitor.steps();
    }

    private static Flux<List<String>> inBatches(int parallelism, Function<Flux<RawRecord>, Flux<RawRecord>> upstream) {
        return rows().transform(upstream).transform(mapAndBatch(2, parallelism, ByteFrames::text));
    }

    private static List<String> steps(Function<Flux<RawRecord>, Flux<RawRecord>> upstream) {
        return steps(inBatches(1, upstream));
    }

    // == joined ==

    @Test
    void whatIsJoinedIsNamedTogether() {
        assertThat(steps(rows -> rows.transform(prefetch(10))))
                .containsExactly("prefetch(10), mapAndBatch(2, 1): joined" + IN_RUNS);
        assertThat(steps(rows -> rows.transform(repeat(2)).transform(prefetch(10))))
                .containsExactly("prefetch(10), mapAndBatch(2, 1): joined" + IN_RUNS);
    }

    @Test
    void withoutAPrefetchOnlyTheRowsAreSpokenOf() {
        assertThat(steps(rows -> rows)).containsExactly("mapAndBatch(2, 1): rows arrive in runs");
        assertThat(steps(Flux.range(0, 3).transform(mapAndBatch(2, 1, (Integer i) -> i))))
                .containsExactly("mapAndBatch(2, 1): rows arrive one by one: no decoder is upstream");
        assertThat(steps(rows().transform(prefetch(3)))).containsExactly("prefetch(3): rows arrive in runs");
    }

    @Test
    void withoutAMonitorNothingIsKept() {
        assertThat(PipelineMonitor.create("other").steps()).isEmpty();
    }

    // == why not ==

    private static String apart(String reason) {
        return "mapAndBatch(2, 1): prefetch(10) is not joined: " + reason;
    }

    @Test
    void anotherSchedulerIsNamed() {
        assertThat(steps(rows -> rows.transform(prefetch(10, Schedulers.boundedElastic()))))
                .containsExactly(
                        apart("it emits on Schedulers.boundedElastic(); rows arrive one by one: prefetch(10)"
                                + " in between"),
                        "prefetch(10): rows arrive in runs");
    }

    @Test
    void theSystemPropertyIsNamed() {
        System.setProperty(JoinedPrefetch.PROPERTY, "false");
        assertThat(steps(rows -> rows.transform(prefetch(10))))
                .containsExactly(
                        apart("pipeflux.fusion is false; rows arrive one by one: prefetch(10) in between"),
                        "prefetch(10): rows arrive in runs");
    }

    @Test
    void parallelismZeroIsNamed() {
        assertThat(steps(inBatches(0, rows -> rows.transform(prefetch(10)))))
                .containsExactly(
                        "mapAndBatch(2, 0): prefetch(10) is not joined: parallelism 0 reads nothing ahead; rows arrive"
                                + " one by one: prefetch(10) in between",
                        "prefetch(10): rows arrive in runs");
    }

    @Test
    void anOperatorOfTheUsersBetweenIsNamed() {
        assertThat(steps(rows -> rows.filter(row -> true)
                        .transform(prefetch(10))
                        .map(row -> row)
                        .doOnNext(row -> {})))
                .containsExactly(
                        apart("map, peek in between; rows arrive one by one: filter, prefetch(10), map, peek in"
                                + " between"),
                        "prefetch(10): rows arrive one by one: filter in between");
        assertThat(steps(rows -> rows.transform(shard(1, 0)).map(row -> row)))
                .allSatisfy(step -> assertThat(step).contains("map in between"));
        assertThat(steps(rows -> rows.transform(prefetch(10)).checkpoint("after the prefetch")))
                .anySatisfy(
                        step -> assertThat(step).startsWith(apart("checkpoint(\"after the prefetch\") in between")));
        assertThat(steps(rows -> rows.transform(prefetch(10)).name("rows").tag("a", "b")))
                .anySatisfy(step -> assertThat(step).startsWith(apart("name in between")));
    }

    @Test
    void shardPassesRunsOn() {
        assertThat(steps(rows -> rows.transform(shard(2, 1))))
                .isNotEmpty()
                .allSatisfy(step -> assertThat(step).endsWith("rows arrive in runs"));
    }

    @Test
    void aReceiverOfDeadLettersIsNamed() {
        Flux<RawRecord> rows = Flux.fromIterable(ByteFrames.chunks(ByteFrames.frames("a", "b"), 4))
                .transform(ByteFrames.FORMAT
                        .onCorrupt(SkipPolicy.skip(1, 10).deadLetters(letter -> {}))
                        .decode());
        String oneByOne = "rows arrive one by one: a receiver of dead letters is set";
        assertThat(steps(rows.transform(mapAndBatch(2, 1, ByteFrames::text))))
                .containsExactly("mapAndBatch(2, 1): " + oneByOne);
        assertThat(steps(rows.transform(repeat(1))
                        .transform(prefetch(3))
                        .transform(mapAndBatch(2, 1, ByteFrames::text))))
                .containsExactly("prefetch(3), mapAndBatch(2, 1): joined; " + oneByOne);
    }

    /** An operator that no tool can look into, or whose name fails. */
    private static final class Opaque<T> extends FluxOperator<T, T> {

        private final boolean fails;

        Opaque(Flux<T> source, boolean fails) {
            super(source);
            this.fails = fails;
        }

        @Override
        public String stepName() {
            if (fails) {
                throw new IllegalStateException("no name");
            }
            return "opaque";
        }

        @Override
        public void subscribe(CoreSubscriber<? super T> actual) {
            source.subscribe(actual);
        }
    }

    @Test
    void anOperatorThatFailsWhenItIsAskedHarmsNoBatch() {
        List<String> steps = steps(rows -> new Opaque<>(rows.transform(prefetch(10)), true));
        assertThat(steps).anySatisfy(step -> assertThat(step).contains("mapAndBatch(2, 1): ", "no name"));
        assertThat(steps(rows -> new Opaque<>(rows.transform(prefetch(10)), false)))
                .anySatisfy(step -> assertThat(step).startsWith(apart("opaque in between")));
    }

    // == hooks ==

    private static <T> Function<Publisher<T>, Publisher<T>> hide() {
        return publisher -> Flux.from(publisher).hide();
    }

    @Test
    void anAssemblyHookThatWrapsIsNamed() {
        Hooks.onEachOperator("test", hide());
        assertThat(steps(rows -> rows.transform(prefetch(10))))
                .allSatisfy(step -> assertThat(step).contains("hide"))
                .anySatisfy(step -> assertThat(step).startsWith(apart("hide")));
    }

    @Test
    void aLiftingHookIsNamed() {
        Hooks.onEachOperator("test", Operators.lift((scannable, subscriber) -> subscriber));
        assertThat(steps(rows -> rows.transform(prefetch(10))))
                .anySatisfy(step -> assertThat(step).startsWith(apart("the hook or lifter ")));
    }

    @Test
    void aHookOnTheLastOperatorLetsBothJoin() {
        Hooks.onLastOperator("test", hide());
        assertThat(steps(rows -> rows.transform(prefetch(10))))
                .containsExactly("prefetch(10), mapAndBatch(2, 1): joined" + IN_RUNS);
    }

    @Test
    void underOperatorDebugBothStayApart() {
        Hooks.onOperatorDebug();
        assertThat(steps(rows -> rows.transform(prefetch(10))))
                .anySatisfy(step -> assertThat(step).startsWith("mapAndBatch(2, 1): prefetch(10) is not joined: "));
    }

    // == Scannable ==

    @Test
    void aJoinedPrefetchScansAsAStepThatHandsNothingOver() {
        List<Scannable> upstream = new ArrayList<>();
        inBatches(1, rows -> rows.transform(prefetch(10)))
                .doOnSubscribe(s -> Scannable.from(s).parents().forEach(upstream::add))
                .blockLast();
        Scannable prefetch = upstream.get(0);
        assertThat(prefetch.stepName()).isEqualTo("prefetch(10)");
        assertThat(prefetch.scan(Scannable.Attr.RUN_STYLE)).isEqualTo(Scannable.Attr.RunStyle.SYNC);
        assertThat(Objects.requireNonNull(prefetch.scan(Scannable.Attr.ACTUAL)).stepName())
                .isEqualTo("mapAndBatch(2, 1)");
        assertThat(prefetch.scan(Scannable.Attr.TERMINATED)).isTrue();
    }
}
