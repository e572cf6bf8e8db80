package io.pipeflux.core;

/**
 * The objects of an epoch that were read so far, as a number from which those before can be taken away again: so a run
 * that begins in the middle of an epoch gets the same hash of the objects after that as a run that began before.
 *
 * <p>Fixed for ever, since stored points are compared with it. All arithmetic is modulo 2^64:
 *
 * <pre>
 *   no object              0
 *   one more               hash * 0x9e3779b97f4a7c15 + the object's own hash
 *   those after the n-th   hash - hash of the first n * 0x9e3779b97f4a7c15 ^ (count - n)
 * </pre>
 *
 * @param count how many objects
 * @param hash of them
 */
record ObjectsHash(long count, long hash) {

    static final ObjectsHash NONE = new ObjectsHash(0, 0);

    private static final long FACTOR = 0x9e3779b97f4a7c15L; // odd, so no power of it is 0

    ObjectsHash plus(long object) {
        return new ObjectsHash(count + 1, hash * FACTOR + object);
    }

    /** The hash of the objects that are here and not among the first ones. */
    long since(ObjectsHash first) {
        return hash - first.hash * power(count - first.count);
    }

    private static long power(long exponent) {
        long power = 1;
        long square = FACTOR;
        for (long left = exponent; left != 0; left >>>= 1) {
            power *= (left & 1) == 0 ? 1 : square;
            square *= square;
        }
        return power;
    }
}
