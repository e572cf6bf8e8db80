package io.pipeflux.samples.training.service;

import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.samples.training.LogisticModel.Score;
import io.pipeflux.samples.training.LogisticModel.Step;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Trains one kind of model. {@link Trainers} registers each trainer under its name. */
public interface Trainer {

    /** Returns the name by which requests choose this trainer. */
    String name();

    /** Returns a sentence that describes the trainer to users. */
    String description();

    /** Returns the parameters that a request may set. */
    List<HyperParameter> hyperParameters();

    /**
     * Checks that a request has the columns that the trainer needs.
     *
     * @throws RefusedException if a column is missing or unsuitable
     */
    void check(List<ColumnSpec> schema);

    /** Returns the allocator for the batches' columns. By default, columns are arrays on the heap. */
    default ColumnAllocator columns() {
        return ColumnAllocator.heap();
    }

    /**
     * Creates the learner of a job. Only one thread at a time uses the learner.
     *
     * @param schema the columns, which {@link #check} has accepted
     * @param hyperParameters a value for each declared parameter
     * @param state the result of {@link Learner#state} from which to continue, or null to begin untrained
     */
    Learner learner(List<ColumnSpec> schema, Map<String, Double> hyperParameters, byte @Nullable [] state);

    /**
     * A model that is being trained. If the trainer overrides {@link Trainer#columns}, the learner must release each
     * batch.
     */
    interface Learner extends AutoCloseable {

        /** Trains on a batch. */
        Step fit(ColumnBatch batch);

        /** Classifies a batch without training on it. */
        Score score(ColumnBatch batch);

        /**
         * Returns everything that the next step depends on. A learner restored from this state produces exactly the
         * same results, bit for bit.
         */
        byte[] state();

        /** Returns the model as JSON text. */
        String model();

        /** Releases resources that the garbage collector does not free. No other method is called afterwards. */
        @Override
        default void close() {}
    }
}
