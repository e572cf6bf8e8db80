package io.pipeflux.core;

import java.util.Objects;
import java.util.function.Consumer;

/**
 * Decides whether a bad record fails the stream, or is skipped, counted and reported. The number of skipped records is
 * limited. Instances are immutable.
 *
 * <pre>{@code
 * SkipPolicy policy = SkipPolicy.skip(3, 1000).maxShare(0.001, 10_000).deadLetters(letter -> keep(letter));
 * TfRecords.format().onCorrupt(policy)                       // records whose checksum is wrong
 * mapAndBatch(BatchOptions.of(64, 2).onBadRow(policy), ...)  // rows that do not parse
 * }</pre>
 *
 * <p>A record of a stream can be skipped only if its length is known to be right, for example if the data of a TFRecord
 * does not match the checksum. If the length itself is wrong, the beginning of the next record is not known. Truncated
 * input is never skipped. Skipped records count as records, so the ordinals of later records do not change. If a
 * resumed stream reads skipped records again, it skips, counts and reports them again.
 */
public final class SkipPolicy {

    private static final SkipPolicy FAIL = new SkipPolicy(0, 0, 1, 1, letter -> {});

    private final int inARow;
    private final long inTotal;
    private final double share;
    private final long ofAtLeast;
    private final Consumer<? super DeadLetter> deadLetters;

    private SkipPolicy(
            int inARow, long inTotal, double share, long ofAtLeast, Consumer<? super DeadLetter> deadLetters) {
        this.inARow = inARow;
        this.inTotal = inTotal;
        this.share = share;
        this.ofAtLeast = ofAtLeast;
        this.deadLetters = deadLetters;
    }

    /** Returns the default policy: the first bad record fails the stream. */
    public static SkipPolicy fail() {
        return FAIL;
    }

    /**
     * Returns a policy that skips bad records and logs them as warnings. The policy logs each of the first hundred bad
     * records. After these, it logs only the 128th, the 256th, the 512th and so on (powers of two). The first bad
     * record that exceeds a limit fails the stream with the exception for that record.
     *
     * @param inARow the largest number of bad records that are skipped in a row, without a good one between them; at
     *     least 1
     * @param inTotal the largest number of bad records that are skipped in one subscription to the stream; at least 1.
     *     For a decoder, a subscription covers one epoch. For batches downstream of {@code repeat}, a subscription
     *     covers all epochs
     */
    public static SkipPolicy skip(int inARow, long inTotal) {
        if (inARow < 1 || inTotal < 1) {
            throw new IllegalArgumentException(
                    "expected inARow >= 1 and inTotal >= 1, but got " + inARow + " and " + inTotal);
        }
        return new SkipPolicy(inARow, inTotal, 1, 1, FAIL.deadLetters);
    }

    /**
     * Returns a copy of this policy with one more limit: the share of bad records among the records read so far.
     *
     * @param share the largest share of records that may be bad, greater than 0 and at most 1. Defaults to 1
     * @param ofAtLeast the smallest number of records from which the share is computed, at least 1. If fewer records
     *     have been read, the share is computed as if this number of records had been read. For example, with 0.01 and
     *     1000, any ten of the first 1000 records may be bad
     * @throws IllegalArgumentException if an argument is out of range, or if the policy skips nothing
     */
    public SkipPolicy maxShare(double share, long ofAtLeast) {
        if (!(share > 0 && share <= 1) || ofAtLeast < 1) {
            throw new IllegalArgumentException(
                    "expected share > 0 and <= 1 and ofAtLeast >= 1, but got " + share + " and " + ofAtLeast);
        }
        requireSkipping("maxShare");
        return new SkipPolicy(inARow, inTotal, share, ofAtLeast, deadLetters);
    }

    /**
     * Returns a copy of this policy with a receiver of skipped records. By default, skipped records are only logged.
     *
     * @param deadLetters receives each skipped record, in the order of the stream. The receiver is called on the thread
     *     that decodes records or emits batches, and should not block that thread for long. If the receiver throws an
     *     exception, the stream fails
     * @throws IllegalArgumentException if the policy skips nothing
     */
    public SkipPolicy deadLetters(Consumer<? super DeadLetter> deadLetters) {
        requireSkipping("deadLetters");
        return new SkipPolicy(inARow, inTotal, share, ofAtLeast, Objects.requireNonNull(deadLetters, "deadLetters"));
    }

    private void requireSkipping(String setting) {
        if (!skips()) {
            throw new IllegalArgumentException(
                    "expected " + setting + " on a policy that SkipPolicy.skip returned, but got " + this);
        }
    }

    boolean skips() {
        return inTotal > 0;
    }

    /** Returns whether user code receives skipped records. */
    @SuppressWarnings("ReferenceEquality") // the default receiver itself, not an equal one
    boolean hasReceiver() {
        return deadLetters != FAIL.deadLetters;
    }

    /**
     * Returns whether one more bad record may be skipped.
     *
     * @param inARow the number of records that were skipped immediately before this one
     * @param inTotal the total number of records that were skipped before this one
     * @param read the number of records that were read, including this one
     */
    boolean allows(int inARow, long inTotal, long read) {
        return inARow < this.inARow
                && inTotal < this.inTotal
                && (inTotal + 1) / (double) Math.max(read, ofAtLeast) <= share;
    }

    void accept(DeadLetter letter) {
        deadLetters.accept(letter);
    }

    @Override
    public String toString() {
        return skips()
                ? "SkipPolicy[at most " + inARow + " in a row, " + inTotal + " in total"
                        + (share == 1 ? "" : ", " + share + " of those read, or of " + ofAtLeast) + "]"
                : "SkipPolicy[fail]";
    }
}
