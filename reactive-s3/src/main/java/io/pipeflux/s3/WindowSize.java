package io.pipeflux.s3;

/**
 * How many parts a window may have in flight: as few as keep its subscriber from waiting, and fewer when the store asks
 * to slow down.
 *
 * <pre>
 *   2 --starved--&gt; 4 --starved--&gt; 8 --starved--&gt; max        doubles, until the store first says "slow down"
 *                                  |
 *                                  +--slow down--&gt; 4 --starved, 4 times--&gt; 5 ...   halves; then one more per round
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

    /** Counts the halvings; what began in an earlier round tells nothing about this one. */
    int round() {
        return round;
    }

    /** The subscriber waits, an answer has come, and it was this limit that kept more from being asked for. */
    synchronized void starved() {
        if (!careful) {
            limit = Math.min(max, 2 * limit);
        } else if (++starvedSinceGrowth >= limit) {
            starvedSinceGrowth = 0;
            limit = Math.min(max, limit + 1);
        }
    }

    /** The store has refused, or not answered, a GET that went out in that round. */
    synchronized void slowDown(int roundOfGet) {
        if (roundOfGet == round) { // else the window has been halved since
            round++;
            careful = true;
            starvedSinceGrowth = 0;
            limit = Math.max(1, limit / 2);
        }
    }
}
