package io.pipeflux.core.pipe;

import java.io.IOException;

/**
 * Keeps the index of a channel's next pipe.
 *
 * <pre>
 *   free --claim--&gt; claimed by one reading --use--&gt; free, with the next index
 *    ^                        |
 *    +--------release---------+
 * </pre>
 */
interface EpochState {

    /** The result of {@link #claim} while another process waits for the next pipe. */
    long HELD = -1;

    /** Claims the next pipe for one reading. Returns its index, or {@link #HELD}. */
    long claim() throws IOException;

    /** Called when a writer has opened the claimed pipe. The pipe after it becomes the next one, which is free. */
    void use(long index) throws IOException;

    /** Releases the claim. Does nothing without a claim. */
    void release();

    /** Returns a state in memory, for one channel. */
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
