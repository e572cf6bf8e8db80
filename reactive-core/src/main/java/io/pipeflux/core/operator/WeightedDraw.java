package io.pipeflux.core.operator;

import io.pipeflux.core.internal.Fnv1a;
import io.pipeflux.core.internal.SplitMix;
import java.util.Arrays;

/**
 * Draws sources by their weights. Each draw depends only on the seed, the epoch, the ordinal of the element, and the
 * sources that have ended. It does not depend on earlier draws, so a mix can be resumed at any element.
 *
 * <pre>{@code
 *   mix(z)   as in SeededPermutation
 *   ended    the number of sources that have ended
 *   x        mix(mix(mix(mix(seed) ^ epoch) ^ ordinal) ^ ~ended)
 *   u        (x >>> 11) * 2^-53 * the sum of the weights of the remaining sources
 *   source   the first remaining source at which the running sum of the weights exceeds u
 * }</pre>
 *
 * <p>This computation must never change, because stored resume points rely on it. The weights are added as doubles,
 * from the first source to the last, so the sums are the same on any machine.
 */
final class WeightedDraw {

    private static final int MOST_SHOWN = 60;

    private final double[] left; // the weight of each source, or 0 if the source has ended
    private final long state;
    private double sum;
    private int last; // the last remaining source, or -1 if all have ended
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

    /** Removes a source that has ended. */
    void end(int source) {
        left[source] = 0;
        ended++;
        count();
    }

    /** Returns the source from which the element with the given ordinal is drawn, or -1 if all sources have ended. */
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

    /** Returns the weights as text of at most about 100 characters. Long lists are shown as a length and a hash. */
    static String text(double... weights) {
        String all = Arrays.toString(weights);
        return all.length() <= MOST_SHOWN
                ? all
                : weights.length + " weights, id " + Fnv1a.hex(Fnv1a.part(Fnv1a.EMPTY, all));
    }
}
