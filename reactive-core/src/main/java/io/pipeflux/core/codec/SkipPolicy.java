package io.pipeflux.core.codec;

import java.util.Objects;
import java.util.function.Consumer;

/**
 * What becomes of corrupt records: they fail the stream, or they are skipped within limits and reported. Immutable.
 *
 * <p>Only a record whose length is known to be right can be skipped, such as a TFRecord whose data do not match their
 * checksum: where the length itself is wrong, nobody knows where the next record begins. A truncated tail is never
 * skipped. Skipped records count in the ordinals of those behind them.
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

    /** The first corrupt record fails the stream: the default. */
    public static SkipPolicy fail() {
        return FAIL;
    }

    /**
     * Corrupt records are skipped, and logged as warnings, until there are more than a limit; the next one fails the
     * stream.
     *
     * @param inARow how many are skipped without a good one between them, at least 1
     * @param inTotal how many are skipped in one subscription to the decoded stream, which is one epoch, at least 1
     */
    public static SkipPolicy skip(int inARow, long inTotal) {
        if (inARow < 1 || inTotal < 1) {
            throw new IllegalArgumentException(
                    "inARow >= 1 and inTotal >= 1 required but they were " + inARow + " and " + inTotal);
        }
        return new SkipPolicy(inARow, inTotal, FAIL.deadLetters);
    }

    /**
     * Hands over every skipped record; what is thrown there fails the stream. Called on the thread that decodes, which
     * must not be blocked for long. Defaults to nothing.
     */
    public SkipPolicy deadLetters(Consumer<? super DeadLetter> deadLetters) {
        return new SkipPolicy(inARow, inTotal, Objects.requireNonNull(deadLetters, "deadLetters"));
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
