package io.pipeflux.core;

import io.pipeflux.core.internal.SplitMix;
import org.jspecify.annotations.Nullable;

/**
 * The permutation that all shuffles use. The order of the numbers 0 to n - 1 depends only on n, a seed, an epoch and a
 * block ordinal.
 *
 * <p>The algorithm never changes: the same arguments give the same order on any machine, JDK and version of Pipeflux.
 * It does not use the JDK's random generators. All arithmetic is modulo 2^64, and {@code >>>} shifts zeros in:
 *
 * <pre>{@code
 *   mix(z)    z = z + 0x9e3779b97f4a7c15                            SplitMix64 (Steele, Lea, Flood, 2014)
 *             z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9
 *             z = (z ^ (z >>> 27)) * 0x94d049bb133111eb
 *             z ^ (z >>> 31)
 *
 *   state     mix(mix(mix(seed) ^ epoch) ^ block)
 *   draw(k)   x = mix(state); state = state + 0x9e3779b97f4a7c15; floor((x >>> 1) * k / 2^63)
 *
 *   order     a = 0, 1, ... n - 1; for i = n - 1 down to 1: swap a[i] and a[draw(i + 1)]      Fisher and Yates
 * }</pre>
 *
 * <p>All orders are equally likely, up to a relative error of n / 2^63 per draw.
 */
public final class SeededPermutation {

    private long state;

    private SeededPermutation(long seed, long epoch, long block) {
        this.state = SplitMix.mix(SplitMix.mix(SplitMix.mix(seed) ^ epoch) ^ block);
    }

    /** Returns the order of a whole epoch: the same as {@link #of(int, long, long, long)} for block 0. */
    public static int[] of(int n, long seed, long epoch) {
        return of(n, seed, epoch, 0);
    }

    /**
     * Returns the order of a block. The number at index i of the result is the index of the element that moves to
     * position i.
     *
     * @param n the size of the block, not negative; the result takes 4 n bytes
     * @param seed any number
     * @param epoch the logical epoch; each epoch has a different order
     * @param block the ordinal of the block in its epoch
     */
    public static int[] of(int n, long seed, long epoch, long block) {
        if (n < 0) {
            throw new IllegalArgumentException("expected n >= 0, but got " + n);
        }
        int[] order = new int[n];
        for (int i = 1; i < n; i++) {
            order[i] = i;
        }
        SeededPermutation random = new SeededPermutation(seed, epoch, block);
        for (int i = n - 1; i > 0; i--) {
            int j = random.draw(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
        return order;
    }

    /**
     * Permutes the first n elements of an array in place, into the order that {@link #of(int, long, long, long)}
     * returns.
     *
     * @param elements at least n elements; those from index n on do not move
     */
    public static void permute(@Nullable Object[] elements, int n, long seed, long epoch, long block) {
        SeededPermutation random = new SeededPermutation(seed, epoch, block);
        for (int i = n - 1; i > 0; i--) {
            int j = random.draw(i + 1);
            @Nullable Object swapped = elements[i];
            elements[i] = elements[j];
            elements[j] = swapped;
        }
    }

    private int draw(int bound) {
        long x = SplitMix.mix(state);
        state += SplitMix.GAMMA;
        return (int) Math.multiplyHigh(x >>> 1, (long) bound << 1);
    }
}
