package io.pipeflux.core.job;

import io.pipeflux.core.ResumePoint;

/** Holds the state of a training after a step, as {@link Checkpoints#latest} has read it. */
public final class Checkpoint {

    private final long step;
    private final ResumePoint resumeAt;
    private final byte[] state;

    Checkpoint(long step, ResumePoint resumeAt, byte[] state) {
        this.step = step;
        this.resumeAt = resumeAt;
        this.state = state;
    }

    /** Returns the number of steps that the training had done. */
    public long step() {
        return step;
    }

    /**
     * Returns the place where the next batch begins. To continue there, use
     * {@code batches.contextWrite(Pass.resumeAt(checkpoint.resumeAt()))}.
     */
    public ResumePoint resumeAt() {
        return resumeAt;
    }

    /**
     * Returns the bytes that the training has saved, such as its model and its optimiser. Each call returns the same
     * array, without a copy. The caller may change it.
     */
    public byte[] state() {
        return state;
    }

    @Override
    public String toString() {
        return "Checkpoint[step " + step + ", " + resumeAt + ", " + state.length + " bytes of state]";
    }
}
