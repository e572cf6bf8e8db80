package io.pipeflux.s3;

/**
 * Counts the tries of one part, and decides whether there is another one.
 *
 * <p>Each try that breaks off costs one retry. Progress counts in proportion: each {@link #SHARES}th of the part that a
 * try has received pays for one try. So a try with enough bytes costs nothing, and a store that sends one byte per GET
 * is given up after the number of retries. A part takes at most {@link #SHARES} times that number of tries, or as many
 * as it has MiB.
 */
final class PartTries {

    /** On a link that breaks connections after 1.6 % of a part or more, all parts arrive. */
    private static final int SHARES = 64;

    /** A larger part need not receive a 64th: a try that has received 1 MiB was worth its round trip. */
    private static final int MOST_BYTES_FOR_ONE_TRY = 1 << 20;

    /**
     * How often in a row credentials may be refused. A provider needs a moment to refresh them, but further retries do
     * not help if they are wrong.
     */
    static final int REFUSALS = 5;

    private final int retries;
    private double cost;
    private int broken;
    private int refusals;

    PartTries(int retries) {
        this.retries = retries;
    }

    /**
     * Called when a try has broken off. Returns whether another one is allowed.
     *
     * @param received the number of bytes that the try has received
     * @param length the length of the part
     * @param refused whether the store has refused the credentials
     */
    boolean broken(int received, int length, boolean refused) {
        broken++;
        cost = Math.max(0, cost + 1 - (double) received / bytesForOneTry(length));
        refusals = refused ? refusals + 1 : 0;
        return cost <= retries && refusals <= REFUSALS;
    }

    private static int bytesForOneTry(int length) {
        return Math.max(1, Math.min(length / SHARES, MOST_BYTES_FOR_ONE_TRY));
    }

    /**
     * Returns a random wait before the next try. Its bound grows with each try of the part, even after progress:
     * otherwise, a store that breaks every answer would get its next request at once, for each of thousands of parts.
     */
    long waitNanos() {
        return Backoff.nanos(broken);
    }
}
