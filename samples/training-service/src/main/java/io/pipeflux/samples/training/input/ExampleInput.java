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
 * The default input, which is a typical Pipeflux pipeline. It reads {@code tf.train.Example}s from the channels {@code
 * train} and {@code eval}. Each example has the bytes feature {@code data}, which holds little-endian float64 values,
 * and the int64 feature {@code labels}.
 */
public final class ExampleInput implements TrainInput, EvalInput {

    private static final int PREFETCH = 10;
    private static final int PARALLEL_BATCHES = 2;

    private final FrameFormat<RawRecord> format;
    private final String trainChannel;
    private final String evalChannel;
    private final boolean hiddenFiles;

    private ExampleInput(FrameFormat<RawRecord> format, String trainChannel, String evalChannel, boolean hiddenFiles) {
        this.format = format;
        this.trainChannel = trainChannel;
        this.evalChannel = evalChannel;
        this.hiddenFiles = hiddenFiles;
    }

    /** Returns an input for records of this format. */
    public static ExampleInput of(FrameFormat<RawRecord> format) {
        return new ExampleInput(format, "train", "eval", true);
    }

    /**
     * Returns an input for records of this format. The input reads this channel both for the training and for the
     * evaluation, instead of the channels {@code train} and {@code eval}.
     */
    public static ExampleInput of(FrameFormat<RawRecord> format, String channel) {
        return new ExampleInput(format, channel, channel, true);
    }

    /**
     * Returns a copy of this input that skips hidden files such as {@code _SUCCESS}. Use this copy if the format was
     * detected, because format detection also skips hidden files.
     */
    public ExampleInput withoutHiddenFiles() {
        return new ExampleInput(format, trainChannel, evalChannel, false);
    }

    @Override
    public Flux<ColumnBatch> trainBatches(InputChannels channels, Hyperparameters parameters) {
        return batches(records(channels, trainChannel), parameters.number("epochs"), parameters);
    }

    @Override
    public Flux<ColumnBatch> evalBatches(InputChannels channels, Hyperparameters parameters) {
        return batches(records(channels, evalChannel), 1, parameters);
    }

    private Flux<RawRecord> records(InputChannels channels, String channel) {
        return hiddenFiles ? channels.records(channel, format) : channels.dataRecords(channel, format);
    }

    private static Flux<ColumnBatch> batches(Flux<RawRecord> records, int epochs, Hyperparameters parameters) {
        Schema schema = Schema.of(
                Feature.decodeRaw("data", DType.FLOAT64, parameters.number("features")), Feature.int64("labels"));
        return records.transform(repeat(epochs))
                .transform(prefetch(PREFETCH))
                .transform(mapAndBatch(parameters.number("batch"), PARALLEL_BATCHES, schema.batches()));
    }
}
