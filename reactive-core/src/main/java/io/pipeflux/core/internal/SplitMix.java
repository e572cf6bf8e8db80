package io.pipeflux.core.internal;

/**
 * The random number generator SplitMix64 (Steele, Lea, Flood, 2014). All random orders of Pipeflux are derived from it.
 */
public final class SplitMix {

    public static final long GAMMA = 0x9e3779b97f4a7c15L;

    private SplitMix() {}

    public static long mix(long seed) {
        long z = seed + GAMMA;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
