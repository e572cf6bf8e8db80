package io.pipeflux.samples.training.input;

import io.pipeflux.records.batch.ColumnBatch;
import reactor.core.publisher.Flux;

/**
 * Turns channels into the batches of an evaluation. Users implement this interface to evaluate on data in a format that
 * {@link ExampleInput} does not read. The hyperparameter {@code eval-input} selects the implementation, as {@code
 * train-input} does for {@link TrainInput}. A class may implement both interfaces.
 */
public interface EvalInput {

    /**
     * Returns the batches of one epoch, with the columns of {@link TrainInput#trainBatches}. The result is subscribed
     * to once per evaluation, and cancelled after {@code eval-steps} batches.
     *
     * @param channels the job's channels
     * @param parameters {@code batch}, {@code features} and all other hyperparameters of the job
     */
    Flux<ColumnBatch> evalBatches(InputChannels channels, Hyperparameters parameters);
}
