package io.pipeflux.core.job;

import io.pipeflux.core.ResumePoint;

/** The state of a training job after a step. Returned by {@link Checkpoints#latest}. */
public final class Checkpoint {

    private final long step;
    private final ResumePoint resumeAt;
    private final byte[] state;

    Checkpoint(long step, ResumePoint resumeAt, byte[] state) {
        this.step = step;
        this.resumeAt = resumeAt;
        this.state = state;
    }

    /** Returns the number of steps that the training had completed when it wrote this checkpoint. */
    public long step() {
        return step;
    }

    /**
     * Returns the point at which the next batch begins. To continue there, use
     * {@code batches.contextWrite(Pass.resumeAt(checkpoint.resumeAt()))}.
     */
    public ResumePoint resumeAt() {
        return resumeAt;
    }

    /**
     * Returns the bytes that the training has saved, for example its model and its optimizer. Each call returns the
     * same array, without copying it. The caller may change the array.
     */
    public byte[] state() {
        return state;
    }

    @Override
    public String toString() {
        return "Checkpoint[step " + step + ", " + resumeAt + ", " + state.length + " bytes of state]";
    }
}
