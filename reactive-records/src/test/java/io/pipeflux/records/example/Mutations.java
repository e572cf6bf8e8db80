package io.pipeflux.records.example;

import java.util.Arrays;
import java.util.Random;
import java.util.function.ToIntFunction;

/** Changed bytes: a bit flipped, a byte inserted, the end cut off, at each place. */
final class Mutations {

    private Mutations() {}

    /** Tries all and returns the sum of what the test returned. */
    static int ofAll(byte[] bytes, long seed, ToIntFunction<byte[]> test) {
        Random random = new Random(seed);
        int sum = 0;
        for (int at = 0; at < bytes.length; at++) {
            sum += test.applyAsInt(flipped(bytes, at, random));
            sum += test.applyAsInt(inserted(bytes, at, random));
            sum += test.applyAsInt(Arrays.copyOf(bytes, at));
        }
        return sum;
    }

    private static byte[] flipped(byte[] bytes, int at, Random random) {
        byte[] changed = bytes.clone();
        changed[at] ^= (byte) (1 << random.nextInt(8));
        return changed;
    }

    private static byte[] inserted(byte[] bytes, int at, Random random) {
        byte[] changed = Arrays.copyOf(bytes, bytes.length + 1);
        System.arraycopy(bytes, at, changed, at + 1, bytes.length - at);
        changed[at] = (byte) random.nextInt();
        return changed;
    }
}
