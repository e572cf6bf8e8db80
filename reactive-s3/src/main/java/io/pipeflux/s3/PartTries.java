package io.pipeflux.s3;

/**
 * Counts the tries of one part, and decides whether another try is allowed.
 *
 * <p>Each broken try costs one retry. Progress reduces this cost: a try that has received one 64th of the part ({@link
 * #SHARES}) costs nothing, a try that has received less costs proportionally more, and a try that has received more
 * makes up for earlier ones. If a store sends only one byte per GET, the part fails after about the allowed number of
 * retries. In all cases, the number of tries for a part is at most the allowed number, multiplied by {@link #SHARES} or
 * by the part's length in MiB, whichever is greater.
 */
final class PartTries {

    /**
     * The number of shares into which a part is divided. A try that has received at least one share costs no retry. So
     * a part arrives even if every connection breaks after a 64th (1.6 %) of the part.
     */
    private static final int SHARES = 64;

    /**
     * The maximum size of a share. In a part of more than 64 MiB, a try that has received 1 MiB costs no retry,
     * although 1 MiB is less than a 64th of the part.
     */
    private static final int MOST_BYTES_FOR_ONE_TRY = 1 << 20;

    /**
     * The maximum number of consecutive tries that may fail because of refused credentials. A provider needs a moment
     * to refresh its credentials, but further retries do not help if the credentials are wrong.
     */
    static final int REFUSALS = 5;

    private final int retries;
    private final Outage outage;
    private double cost;
    private int broken;
    private int refusals;

    /** @param outage allows further tries while the store is away, even if the retries are used up */
    PartTries(int retries, Outage outage) {
        this.retries = retries;
        this.outage = outage;
    }

    /**
     * Counts a try that has failed, and returns whether another try is allowed. If the store was away and this try has
     * received at least one share of the part (see {@link #SHARES}), the store is available again. The earlier tries
     * then no longer count.
     *
     * @param received the number of bytes that the try has received
     * @param length the length of the part
     */
    boolean failed(int received, int length, Throwable error) {
        if (outage.hasBegun() && received >= bytesForOneTry(length)) {
            outage.end();
            cost = 0;
        }
        boolean byNumber = broken(received, length, S3Failures.refusesCredentials(error));
        return outage.lasts(error) || byNumber;
    }

    /**
     * Counts a try that has failed, and returns whether another try is allowed.
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
     * Returns a random wait before the next try. The maximum wait grows with each broken try, even if the tries make
     * progress. Otherwise, a store that breaks every response would receive all retries almost immediately.
     */
    long waitNanos() {
        return Backoff.nanos(broken);
    }
}
