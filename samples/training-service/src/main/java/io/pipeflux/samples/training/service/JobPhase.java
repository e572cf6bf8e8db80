package io.pipeflux.samples.training.service;

/** What a run of a job does at the moment. */
public enum JobPhase {
    /** Lists the objects of all channels. */
    list,
    /** Downloads the objects to the disk. Only file mode has this phase. */
    download,
    /** Trains. */
    train,
    /** Evaluates the model after an epoch, on the channel {@code eval}. */
    evaluate,
    /** Saves a checkpoint or, at the end, the model. */
    checkpoint
}
