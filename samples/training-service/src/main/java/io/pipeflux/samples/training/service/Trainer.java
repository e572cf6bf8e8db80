package io.pipeflux.samples.training.service;

import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.samples.training.LogisticModel.Score;
import io.pipeflux.samples.training.LogisticModel.Step;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A kind of training, registered in {@link Trainers} by its name. */
public interface Trainer {

    /** Returns the name by which requests choose it. */
    String name();

    /** Returns a sentence for people. */
    String description();

    /** Returns the numbers that a request may set. */
    List<HyperParameter> hyperParameters();

    /**
     * Checks that the columns of a request are those that the trainer needs.
     *
     * @throws RefusedException if they are not
     */
    void check(List<ColumnSpec> schema);

    /** Returns the allocator of the batches' columns. Defaults to arrays on the heap. */
    default ColumnAllocator columns() {
        return ColumnAllocator.heap();
    }

    /**
     * Creates the learner of a job. It is used by one thread at a time.
     *
     * @param schema the columns, which were checked
     * @param hyperParameters a value for each of the declared ones
     * @param state what {@link Learner#state} returned, or null to begin untrained
     */
    Learner learner(List<ColumnSpec> schema, Map<String, Double> hyperParameters, byte @Nullable [] state);

    /** A model that is being trained. If its trainer has columns of its own, it releases each batch. */
    interface Learner extends AutoCloseable {

        /** Trains on a batch. */
        Step fit(ColumnBatch batch);

        /** Classifies a batch without training on it. */
        Score score(ColumnBatch batch);

        /** Returns everything that the next step depends on, to the last bit. */
        byte[] state();

        /** Returns the model as a text of JSON. */
        String model();

        /** Releases resources that the garbage collector does not free. No other method is called afterwards. */
        @Override
        default void close() {}
    }
}
