package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.interleave;
import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.mapAndBatchWhen;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.prefetchBytes;
import static io.pipeflux.core.operator.PipeOperators.sample;
import static io.pipeflux.core.operator.PipeOperators.shuffle;
import static io.pipeflux.core.operator.PipeOperators.zip;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.internal.Guarded;
import io.pipeflux.core.suite.ThrowablesContract;
import io.pipeflux.core.suite.ThrowablesContract.Item;
import io.pipeflux.core.suite.ThrowablesContract.Tools;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collector;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

class OperatorThrowablesTest {

    @TestFactory
    Stream<DynamicNode> everySubscriberGetsItsEnd() {
        return new ThrowablesContract()
                .scheduling("prefetch(1)", (tools, items) -> items.transform(prefetch(1, tools.scheduler())))
                .scheduling("prefetch(4)", (tools, items) -> items.transform(prefetch(4, tools.scheduler())))
                .scheduling("prefetchBytes", (tools, items) -> items.transform(prefetchBytes(8, 4, tools.scheduler())))
                .plain("shuffle(2)", (tools, items) -> items.transform(shuffle(2, 42)))
                .plain("shuffle(8)", (tools, items) -> items.transform(shuffle(8, 42)))
                .plain("interleave", (tools, items) -> Flux.just(items).transform(interleave(2, 2)))
                .plain("sample", (tools, items) -> Flux.just(items).transform(sample(WhenOneEnds.CONTINUE, 1, 1)))
                .plain(
                        "zip",
                        (tools, items) ->
                                Guarded.map(Flux.just(items).transform(zip(WhenOneEnds.FAIL)), row -> row.get(0)))
                .calling(
                        "mapAndBatch, inline",
                        (tools, items) -> items.transform(mapAndBatch(2, 0, (Item item) -> tools.callback(item))))
                .calling("collector's supplier", (tools, items) -> items.transform(mapAndBatch(2, 0, list(tools, 0))))
                .calling(
                        "collector's accumulator", (tools, items) -> items.transform(mapAndBatch(2, 0, list(tools, 1))))
                .calling("collector's finisher", (tools, items) -> items.transform(mapAndBatch(2, 0, list(tools, 2))))
                .callingAndScheduling(
                        "mapAndBatch, 1 worker",
                        (tools, items) ->
                                items.transform(mapAndBatch(workers(1, tools), (Item item) -> tools.callback(item))))
                .callingAndScheduling(
                        "mapAndBatch, 2 workers",
                        (tools, items) ->
                                items.transform(mapAndBatch(workers(2, tools), (Item item) -> tools.callback(item))))
                .callingAndScheduling(
                        "mapAndBatchWhen, the mapper",
                        (tools, items) -> items.transform(mapAndBatchWhen(workers(2, tools), (Item item) -> {
                            Item called = tools.callback(item);
                            return mono(() -> called);
                        })))
                .callingAndScheduling(
                        "mapAndBatchWhen, its Mono",
                        (tools, items) -> items.transform(
                                mapAndBatchWhen(workers(2, tools), (Item item) -> mono(() -> tools.callback(item)))))
                .converting(
                        "decode",
                        (tools, items) ->
                                items.map(Item::bytes).transform(bytes(tools).decode()))
                .tests();
    }

    /** Those of Reactor discard a value that they have not signalled when they are cancelled: here it is the row. */
    private static Mono<Item> mono(Supplier<Item> value) {
        return Mono.from(subscriber -> {
            subscriber.onSubscribe(Operators.emptySubscription());
            Item made;
            try {
                made = value.get();
            } catch (Throwable t) {
                subscriber.onError(t);
                return;
            }
            subscriber.onNext(made);
            subscriber.onComplete();
        });
    }

    private static BatchOptions workers(int parallelism, Tools tools) {
        return BatchOptions.of(2, parallelism).lookAheadRows(4).scheduler(tools.scheduler());
    }

    private static Collector<Item, List<Item>, List<Item>> list(Tools tools, int throwing) {
        return Collector.of(
                () -> called(tools, throwing == 0, new ArrayList<Item>()),
                (list, item) -> list.add(called(tools, throwing == 1, item)),
                (a, b) -> a,
                list -> called(tools, throwing == 2, list));
    }

    private static <T> T called(Tools tools, boolean throwing, T value) {
        return throwing ? tools.callback(value) : value;
    }

    private static FrameFormat<RawRecord> bytes(Tools tools) {
        return FrameFormat.of("bytes", () -> in -> in.ensure(1) ? tools.callback(in.record(1, 0, 1)) : null);
    }
}
