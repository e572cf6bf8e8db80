package io.pipeflux.core.job;

import io.pipeflux.core.ResumePoint;

/** A training's state after a step, as {@link Checkpoints#latest} read it. */
public final class Checkpoint {

    private final long step;
    private final ResumePoint resumeAt;
    private final byte[] state;

    Checkpoint(long step, ResumePoint resumeAt, byte[] state) {
        this.step = step;
        this.resumeAt = resumeAt;
        this.state = state;
    }

    /** How many steps the training had done. */
    public long step() {
        return step;
    }

    /** Where the next batch begins: {@code batches.contextWrite(Pass.resumeAt(checkpoint.resumeAt()))}. */
    public ResumePoint resumeAt() {
        return resumeAt;
    }

    /** The bytes that the training kept: its model, its optimiser. Always the same array, which is the caller's. */
    public byte[] state() {
        return state;
    }

    @Override
    public String toString() {
        return "Checkpoint[step " + step + ", " + resumeAt + ", " + state.length + " bytes of state]";
    }
}
