package io.pipeflux.core.pipe;

import java.io.IOException;

/**
 * Which pipe of a channel is the next, and where that is kept.
 *
 * <pre>
 *   free --claim--&gt; claimed by one reading --use--&gt; free, the next index kept
 *    ^                        |
 *    +--------release---------+
 * </pre>
 */
interface EpochState {

    /** What {@link #claim} returns while another process waits for the next pipe. */
    long HELD = -1;

    /** Takes the next pipe for one reading: its index, or {@link #HELD}. */
    long claim() throws IOException;

    /** A writer had the claimed pipe open: the next is the one behind it, and free. */
    void use(long index) throws IOException;

    /** Gives a claim back; no error if there is none. */
    void release();

    /** Kept in memory, by one channel. */
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
