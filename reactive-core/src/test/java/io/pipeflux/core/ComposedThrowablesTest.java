package io.pipeflux.core;

import static io.pipeflux.core.operator.PipeOperators.repeat;
import static io.pipeflux.core.operator.PipeOperators.shard;

import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.suite.ThrowablesContract;
import io.pipeflux.core.suite.ThrowablesContract.Tools;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import reactor.core.publisher.Flux;

/** What this library makes of Reactor's operators, which rethrow fatal errors. */
class ComposedThrowablesTest {

    @TestFactory
    Stream<DynamicNode> everySubscriberGetsItsEnd() {
        return new ThrowablesContract()
                .composedCalling(
                        "decodeObjects",
                        (tools, items) -> items.map(item -> ObjectBytes.of(
                                        "o" + item.number(), item.number(), 1, null, from -> Flux.just(item.bytes())))
                                .transform(bytes(tools).decodeObjects()))
                .composedCalling(
                        "an object's bytes",
                        (tools, items) -> items.map(item -> ObjectBytes.of(
                                        "o" + item.number(),
                                        item.number(),
                                        1,
                                        null,
                                        from -> tools.callback(Flux.just(item.bytes()))))
                                .transform(bytes(new Tools()).decodeObjects()))
                .composedCalling(
                        "an object's subscription",
                        (tools, items) -> items.map(item -> ObjectBytes.of(
                                        "o" + item.number(),
                                        item.number(),
                                        1,
                                        null,
                                        from -> Flux.defer(() -> tools.callback(Flux.just(item.bytes())))))
                                .transform(bytes(new Tools()).decodeObjects()))
                .composed("repeat(1)", (tools, items) -> items.transform(repeat(1)))
                .composedCalling(
                        "repeat's source",
                        (tools, items) -> Flux.defer(() -> tools.callback(tools.callback(tools.callback(items))))
                                .transform(repeat(1)))
                .composed("shard(1, 0)", (tools, items) -> items.transform(shard(1, 0)))
                .tests();
    }

    private static FrameFormat<RawRecord> bytes(Tools tools) {
        return FrameFormat.of("bytes", () -> in -> in.ensure(1) ? tools.callback(in.record(1, 0, 1)) : null);
    }
}
