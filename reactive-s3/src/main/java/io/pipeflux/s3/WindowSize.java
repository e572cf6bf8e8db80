package io.pipeflux.s3;

import java.util.concurrent.TimeUnit;

/**
 * Controls how many parts a window may have in flight: just enough that its subscriber does not wait, and fewer when
 * the store asks to slow down.
 *
 * <pre>
 *   2 --starved--&gt; 4 --starved--&gt; 8 --starved--&gt; max        doubles, until the first "slow down"
 *                                  |
 *                                  +--slow down--&gt; 4 --starved, 4 times--&gt; 5 ...  halves, then grows by one
 * </pre>
 *
 * The subscriber starves if it waits when a GET is answered, or if it has waited long since all GETs were answered. The
 * latter shows early, within the first parts, that the connections are slow.
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

    /** Returns the number of halvings so far. Results of GETs from an earlier round do not count for this one. */
    int round() {
        return round;
    }

    /** Called if an answer arrives. */
    synchronized void answered() {
        if (unanswered > 0 && --unanswered == 0) {
            waited = 0;
        }
    }

    /**
     * Called when the subscriber has waited for a chunk, and this limit has prevented further requests.
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

    /** Called if an answer arrives while the subscriber waits, and this limit has prevented further requests. */
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

    /** Called if the store has refused, or not answered, a GET that was sent in this round. */
    synchronized void slowDown(int roundOfGet) {
        if (roundOfGet == round) { // otherwise the limit has been halved since
            round++;
            careful = true;
            starvedSinceGrowth = 0;
            limit = Math.max(1, limit / 2);
        }
    }
}
