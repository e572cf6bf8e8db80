package io.pipeflux.s3;

/**
 * Controls how many parts a window may have in flight: just enough that its subscriber does not wait, and fewer when
 * the store asks to slow down.
 *
 * <pre>
 *   2 --starved--&gt; 4 --starved--&gt; 8 --starved--&gt; max        doubles, until the first "slow down"
 *                                  |
 *                                  +--slow down--&gt; 4 --starved, 4 times--&gt; 5 ...  halves, then grows by one
 * </pre>
 */
final class WindowSize {

    private static final int FIRST = 2;

    private final int max;
    private volatile int limit;
    private volatile int round;
    private boolean careful;
    private int starvedSinceGrowth;

    WindowSize(int max) {
        this.max = max;
        this.limit = Math.min(FIRST, max);
    }

    int limit() {
        return limit;
    }

    /** Returns the number of halvings so far. Results of GETs from an earlier round do not count for this one. */
    int round() {
        return round;
    }

    /** Called if an answer arrives while the subscriber waits, and this limit has prevented further requests. */
    synchronized void starved() {
        if (!careful) {
            limit = Math.min(max, 2 * limit);
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
