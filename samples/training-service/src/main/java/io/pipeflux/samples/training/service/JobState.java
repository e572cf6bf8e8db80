package io.pipeflux.samples.training.service;

/** The states of a job. The constants' names are the values in JSON. */
public enum JobState {
    /** The job waits for another job to end, because the maximum number of jobs is running. */
    waiting,
    /** The job is training or preparing to train. */
    running,
    /** The job requests no data until it is resumed. */
    paused,
    /** The training has completed. */
    done,
    /** The job has ended with an error. */
    failed,
    /** The job was cancelled. */
    cancelled;

    boolean isEnded() {
        return this == done || this == failed || this == cancelled;
    }
}
