package io.pipeflux.s3;

import java.util.concurrent.TimeUnit;

/**
 * Limits the number of parts that a window may have in flight. The limit is raised until it is just high enough that
 * the subscriber does not wait, and is lowered when the store asks to slow down.
 *
 * <pre>{@code
 *   2 --starved--> 4 --starved--> 8 --starved--> 16 ...
 *                                 |
 *                                 +--slow down--> 4 --starved 4 times--> 5 ...
 * }</pre>
 *
 * <p>At first, the limit doubles each time the subscriber starves. Each "slow down" halves the limit. After the first
 * one, the limit only grows by one at a time.
 *
 * <p>The subscriber starves if it is waiting when the response to a GET arrives, or if it has waited for a long time
 * although the responses to all GETs have arrived. The second case reveals slow connections within the first few parts.
 */
final class WindowSize {

    private static final int FIRST = 2;

    private static final long LONG_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final int max;
    private volatile int limit;
    private volatile int round;
    private boolean careful;
    private int starvedSinceGrowth;
    private int unanswered;
    private long waited;

    WindowSize(int max) {
        this.max = max;
        this.limit = Math.min(FIRST, max);
        this.unanswered = limit;
    }

    int limit() {
        return limit;
    }

    /**
     * Returns the number of the current round. A round ends when the limit is halved. A failed GET halves the limit
     * only if it was sent in the current round.
     */
    int round() {
        return round;
    }

    /** Notes that a response has arrived. */
    synchronized void answered() {
        if (unanswered > 0 && --unanswered == 0) {
            waited = 0;
        }
    }

    /**
     * Notes that the subscriber has waited for a chunk while this limit prevented further requests.
     *
     * @return whether the limit has grown
     */
    synchronized boolean waited(long nanos) {
        waited += nanos;
        if (careful || unanswered > 0 || waited < LONG_NANOS || limit == max) {
            return false;
        }
        starved();
        return true;
    }

    /** Raises the limit. Called when the subscriber starves while this limit prevents further requests. */
    synchronized void starved() {
        if (!careful) {
            int before = limit;
            limit = Math.min(max, 2 * limit);
            unanswered += limit - before;
            waited = 0;
        } else if (++starvedSinceGrowth >= limit) {
            starvedSinceGrowth = 0;
            limit = Math.min(max, limit + 1);
        }
    }

    /**
     * Halves the limit, unless the given round has ended. Called when a GET of that round has timed out, or when its
     * response asks the client to slow down.
     */
    synchronized void slowDown(int roundOfGet) {
        if (roundOfGet == round) {
            // the limit has not been halved since the GET was sent
            round++;
            careful = true;
            starvedSinceGrowth = 0;
            limit = Math.max(1, limit / 2);
        }
    }
}
