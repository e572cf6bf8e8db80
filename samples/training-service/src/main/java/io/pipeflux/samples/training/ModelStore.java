package io.pipeflux.samples.training;

import java.io.IOException;

/** Stores a model, and reads it back. */
interface ModelStore {

    /** Writes the model, and returns its URI or path. */
    String save(LogisticModel model) throws IOException;

    /** Reads the stored model. */
    LogisticModel load() throws IOException;
}
