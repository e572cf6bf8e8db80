package io.pipeflux.core.operator;

import io.pipeflux.core.internal.Fnv1a;
import io.pipeflux.core.internal.SplitMix;
import java.util.Arrays;

/**
 * Draws sources by their weights. A draw depends on the seed, the epoch, the ordinal of the element and the sources
 * that have ended, and on nothing that was drawn before. So it can be resumed at any element.
 *
 * <pre>
 *   mix(z)   as in SeededPermutation
 *   x        mix(mix(mix(mix(seed) ^ epoch) ^ ordinal) ^ ~ended)         ended: how many sources have ended
 *   u        (x &gt;&gt;&gt; 11) * 2^-53 * the sum of the weights that are left
 *   source   the first that is left whose weight, and those of the ones before it, sum to more than u
 * </pre>
 *
 * <p>It must never change, since stored resume points rely on it. All sums are of doubles, from the first source to the
 * last, so they are the same on any machine.
 */
final class WeightedDraw {

    private static final int MOST_SHOWN = 60;

    private final double[] left; // 0 for a source that has ended
    private final long state;
    private double sum;
    private int last; // the last source that is left, or -1 if none is
    private int ended;

    WeightedDraw(double[] weights, long seed, long epoch) {
        this.left = weights.clone();
        this.state = SplitMix.mix(SplitMix.mix(seed) ^ epoch);
        count();
    }

    private void count() {
        sum = 0;
        last = -1;
        for (int i = 0; i < left.length; i++) {
            if (left[i] > 0) {
                sum += left[i];
                last = i;
            }
        }
    }

    /** Takes a source out. */
    void end(int source) {
        left[source] = 0;
        ended++;
        count();
    }

    /** Returns the source of the element with an ordinal, or -1 if all have ended. */
    int source(long ordinal) {
        long x = SplitMix.mix(SplitMix.mix(state ^ ordinal) ^ ~(long) ended);
        double u = (x >>> 11) * 0x1p-53 * sum;
        double upTo = 0;
        for (int i = 0; i < last; i++) {
            upTo += left[i];
            if (left[i] > 0 && u < upTo) {
                return i;
            }
        }
        return last;
    }

    static void require(double... weights) {
        double sum = 0;
        for (double weight : weights) {
            if (!(weight > 0) || weight == Double.POSITIVE_INFINITY) {
                throw new IllegalArgumentException("expected weights > 0 and finite, but got " + weight);
            }
            sum += weight;
        }
        if (weights.length == 0 || sum == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException(
                    "expected at least one weight, and a finite sum of them, but got " + Arrays.toString(weights));
        }
    }

    /** Returns the weights as a text of at most about a hundred characters. */
    static String text(double... weights) {
        String all = Arrays.toString(weights);
        return all.length() <= MOST_SHOWN
                ? all
                : weights.length + " weights, id " + Fnv1a.hex(Fnv1a.part(Fnv1a.EMPTY, all));
    }
}
