package io.pipeflux.samples.training.input;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.repeat;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import reactor.core.publisher.Flux;

/**
 * The default input, and the pipeline that this library is for: {@code tf.train.Example}s with the bytes feature
 * {@code data}, little-endian float64 values, and the int64 feature {@code labels}, in the channels {@code train} and
 * {@code eval}.
 */
public final class ExampleInput implements TrainInput, EvalInput {

    private static final int PREFETCH = 10;
    private static final int PARALLEL_BATCHES = 2;

    private final FrameFormat<RawRecord> format;

    private ExampleInput(FrameFormat<RawRecord> format) {
        this.format = format;
    }

    /** Of records framed so. */
    public static ExampleInput of(FrameFormat<RawRecord> format) {
        return new ExampleInput(format);
    }

    @Override
    public Flux<ColumnBatch> trainBatches(InputChannels channels, Hyperparameters parameters) {
        return batches(channels.records("train", format), parameters.number("epochs"), parameters);
    }

    @Override
    public Flux<ColumnBatch> evalBatches(InputChannels channels, Hyperparameters parameters) {
        return batches(channels.records("eval", format), 1, parameters);
    }

    private static Flux<ColumnBatch> batches(Flux<RawRecord> records, int epochs, Hyperparameters parameters) {
        Schema schema = Schema.of(
                Feature.decodeRaw("data", DType.FLOAT64, parameters.number("features")), Feature.int64("labels"));
        return records.transform(repeat(epochs))
                .transform(prefetch(PREFETCH))
                .transform(mapAndBatch(parameters.number("batch"), PARALLEL_BATCHES, schema.batches()));
    }
}
