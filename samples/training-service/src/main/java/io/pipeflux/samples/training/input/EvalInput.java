package io.pipeflux.samples.training.input;

import io.pipeflux.records.batch.ColumnBatch;
import reactor.core.publisher.Flux;

/**
 * What a user supplies to evaluate on data of another form; chosen by {@code eval-input} as {@link TrainInput} is by
 * {@code train-input}. One class may be both.
 */
public interface EvalInput {

    /**
     * The batches of one epoch, with the columns that {@link TrainInput#trainBatches} names. Subscribed to once per
     * evaluation, and cancelled after {@code eval-steps} batches.
     *
     * @param channels what the job has to read
     * @param parameters {@code batch}, {@code features} and whatever else the job was given
     */
    Flux<ColumnBatch> evalBatches(InputChannels channels, Hyperparameters parameters);
}
