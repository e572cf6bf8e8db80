package io.pipeflux.samples.training;

import java.io.IOException;

/** Keeps a model. */
interface ModelStore {

    /** Writes the model; returns where it lies. */
    String save(LogisticModel model) throws IOException;

    /** Reads what was written. */
    LogisticModel load() throws IOException;
}
