package io.pipeflux.samples.training.input;

import io.pipeflux.records.batch.ColumnBatch;
import reactor.core.publisher.Flux;

/**
 * Turns channels into the batches of all epochs. Users implement this interface to train on data in a format that
 * {@link ExampleInput} does not read.
 *
 * <p>The hyperparameter or option {@code train-input} selects the implementation. Its value is the name of a class that
 * is on the class path and has a public constructor without parameters, or the name of a provider that {@link
 * java.util.ServiceLoader} finds. The default is {@link ExampleInput}.
 */
public interface TrainInput {

    /**
     * Returns the batches of all epochs, with the columns {@code data} (FLOAT64, rows x features) and {@code labels}
     * (INT64, 0 or 1). The job subscribes to the result once. If an earlier run has saved a checkpoint, the {@code
     * Context} of this subscription contains a resume point. Only the operators of the result can see it. Therefore,
     * repeat the epochs with {@code repeat(epochs)}, and do not subscribe to anything in this method.
     *
     * @param channels the job's channels
     * @param parameters {@code batch}, {@code epochs}, {@code features} and all other hyperparameters of the job
     */
    Flux<ColumnBatch> trainBatches(InputChannels channels, Hyperparameters parameters);
}
