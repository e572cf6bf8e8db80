package io.pipeflux.samples.training.service;

/** What a job does, named as in JSON. */
public enum JobState {
    /** It waits until fewer jobs run. */
    waiting,
    /** It trains, or prepares to. */
    running,
    /** It asks for no data until it is resumed. */
    paused,
    /** It has trained to the end. */
    done,
    /** It has ended with an error. */
    failed,
    /** It was cancelled. */
    cancelled;

    boolean isEnded() {
        return this == done || this == failed || this == cancelled;
    }
}
