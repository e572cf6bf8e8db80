package io.pipeflux.core.codec;

import java.util.Objects;
import java.util.function.Consumer;

/**
 * Decides whether corrupt records fail the stream, or are skipped and reported, within limits. Immutable.
 *
 * <p>Only a record whose length is known to be right can be skipped, such as a TFRecord whose data do not match their
 * checksum. If the length itself is wrong, the beginning of the next record is not known. Truncated input is never
 * skipped. Skipped records count in the ordinals of the records after them.
 */
public final class SkipPolicy {

    private static final SkipPolicy FAIL = new SkipPolicy(0, 0, letter -> {});

    private final int inARow;
    private final long inTotal;
    private final Consumer<? super DeadLetter> deadLetters;

    private SkipPolicy(int inARow, long inTotal, Consumer<? super DeadLetter> deadLetters) {
        this.inARow = inARow;
        this.inTotal = inTotal;
        this.deadLetters = deadLetters;
    }

    /** Returns the default policy: the first corrupt record fails the stream. */
    public static SkipPolicy fail() {
        return FAIL;
    }

    /**
     * Returns a policy that skips corrupt records and logs each as a warning. The first one beyond a limit fails the
     * stream with its {@link io.pipeflux.core.CorruptRecordException}.
     *
     * @param inARow the most corrupt records that are skipped in a row, without a valid one between them; at least 1
     * @param inTotal the most corrupt records that are skipped in one subscription to the decoded stream, which is one
     *     epoch; at least 1
     */
    public static SkipPolicy skip(int inARow, long inTotal) {
        if (inARow < 1 || inTotal < 1) {
            throw new IllegalArgumentException(
                    "expected inARow >= 1 and inTotal >= 1, but got " + inARow + " and " + inTotal);
        }
        return new SkipPolicy(inARow, inTotal, FAIL.deadLetters);
    }

    /**
     * Returns the same policy with a receiver of skipped records. By default they are only logged.
     *
     * @param deadLetters receives each skipped record, on the thread that decodes, which it should not block for long.
     *     An exception from it fails the stream
     */
    public SkipPolicy deadLetters(Consumer<? super DeadLetter> deadLetters) {
        return new SkipPolicy(inARow, inTotal, Objects.requireNonNull(deadLetters, "deadLetters"));
    }

    /** Returns whether a user's code receives skipped records. */
    @SuppressWarnings("ReferenceEquality") // the very one that does nothing
    boolean hasReceiver() {
        return deadLetters != FAIL.deadLetters;
    }

    int inARow() {
        return inARow;
    }

    long inTotal() {
        return inTotal;
    }

    void accept(DeadLetter letter) {
        deadLetters.accept(letter);
    }

    @Override
    public String toString() {
        return inTotal == 0
                ? "SkipPolicy[fail]"
                : "SkipPolicy[at most " + inARow + " in a row, " + inTotal + " in total]";
    }
}
