package io.pipeflux.samples.training.local;

import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.samples.training.input.ExampleInput;
import io.pipeflux.samples.training.input.Hyperparameters;
import io.pipeflux.samples.training.input.InputChannels;
import io.pipeflux.samples.training.input.TrainInput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The default input, but a batch waits until a file is there: so a test knows where a trainer is when it is killed. */
public final class GatedInput implements TrainInput {

    @Override
    public Flux<ColumnBatch> trainBatches(InputChannels channels, Hyperparameters parameters) {
        int gated = parameters.number("gated-batch");
        Path gate = Path.of(parameters.text("gate"));
        Mono<Long> open = Flux.interval(Duration.ofMillis(10))
                .onBackpressureDrop()
                .doOnSubscribe(subscription -> reached(gate))
                .filter(tick -> Files.exists(gate))
                .next();
        return ExampleInput.of(TfRecords.format())
                .trainBatches(channels, parameters)
                .index()
                .concatMap(
                        batch -> batch.getT1() == gated ? open.thenReturn(batch.getT2()) : Mono.just(batch.getT2()), 1);
    }

    /** There when a batch waits at the gate. */
    static Path sign(Path gate) {
        return gate.resolveSibling("gate.reached");
    }

    private static void reached(Path gate) {
        try {
            Files.writeString(sign(gate), "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
