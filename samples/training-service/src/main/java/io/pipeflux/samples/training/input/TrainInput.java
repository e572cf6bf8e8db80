package io.pipeflux.samples.training.input;

import io.pipeflux.records.batch.ColumnBatch;
import reactor.core.publisher.Flux;

/**
 * What a user supplies to train on data of another form: turns channels into the batches of all epochs.
 *
 * <p>Chosen by the hyperparameter or option {@code train-input}: the name of a class on the class path with a public
 * constructor without parameters, or of a provider that {@link java.util.ServiceLoader} finds. {@link ExampleInput} is
 * the default.
 */
public interface TrainInput {

    /**
     * The batches of all epochs, with the columns {@code data} (FLOAT64, rows x features) and {@code labels} (INT64, 0 or
     * 1). Subscribed to once, with a resume point in its Context where an earlier run left a checkpoint: so it uses
     * {@code repeat(epochs)} and subscribes to nothing itself.
     *
     * @param channels what the job has to read
     * @param parameters {@code batch}, {@code epochs}, {@code features} and whatever else the job was given
     */
    Flux<ColumnBatch> trainBatches(InputChannels channels, Hyperparameters parameters);
}
