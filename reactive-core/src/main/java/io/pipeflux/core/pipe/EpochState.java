package io.pipeflux.core.pipe;

import java.io.IOException;

/**
 * Holds the index of a channel's next pipe.
 *
 * <pre>{@code
 *   free --claim--> claimed by one subscription --use (a writer has opened the pipe)--> free, index + 1
 *     ^                        |
 *     +--------release---------+
 * }</pre>
 */
interface EpochState {

    /** The value that {@link #claim} returns if another process has claimed the next pipe, or is changing the state. */
    long HELD = -1;

    /**
     * Claims the next pipe for one subscription. Returns the pipe's index, or {@link #HELD} if the pipe could not be
     * claimed.
     */
    long claim() throws IOException;

    /**
     * Advances the index to the pipe after the claimed one, without claiming that pipe. Called when a writer has opened
     * the claimed pipe.
     */
    void use(long index) throws IOException;

    /** Releases the claim. Does nothing if there is no claim. */
    void release();

    /** Returns a state that is kept in memory, for one channel. */
    static EpochState inMemory() {
        return new EpochState() {
            private volatile long next;

            @Override
            public long claim() {
                return next;
            }

            @Override
            public void use(long index) {
                next = index + 1;
            }

            @Override
            public void release() {}
        };
    }
}
