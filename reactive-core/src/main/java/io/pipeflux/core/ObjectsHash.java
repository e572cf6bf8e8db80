package io.pipeflux.core;

/**
 * A hash of the objects that have been read so far in an epoch. The first objects can be subtracted from the hash.
 * Therefore, a run that starts in the middle of an epoch and a run that started earlier compute the same hash for the
 * objects that both of them read.
 *
 * <p>The computation must never change, because stored resume points contain such hashes. All arithmetic is modulo
 * 2^64, and {@code ^} means power:
 *
 * <pre>
 *   no object                  0
 *   with one more object       hash * 0x9e3779b97f4a7c15 + the object's own hash
 *   without the first n        hash - (hash of the first n) * 0x9e3779b97f4a7c15 ^ (count - n)
 * </pre>
 *
 * @param count the number of objects
 * @param hash the hash of these objects
 */
record ObjectsHash(long count, long hash) {

    static final ObjectsHash NONE = new ObjectsHash(0, 0);

    private static final long FACTOR = 0x9e3779b97f4a7c15L; // odd, so that no power of the factor is 0

    ObjectsHash plus(long object) {
        return new ObjectsHash(count + 1, hash * FACTOR + object);
    }

    /** Returns the hash of the objects that follow those in {@code first}. */
    long since(ObjectsHash first) {
        return hash - first.hash * power(count - first.count);
    }

    /** Returns the number of objects that follow those in {@code first}. */
    long countSince(ObjectsHash first) {
        return count - first.count;
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
