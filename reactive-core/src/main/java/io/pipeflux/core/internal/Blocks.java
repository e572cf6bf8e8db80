package io.pipeflux.core.internal;

import org.jspecify.annotations.Nullable;

/**
 * The blocks of a shuffle, as resume points record them.
 *
 * @param block the number of records in a block
 * @param seed the shuffle's seed
 * @param sharded whether the shard, if the pipeline has one, is downstream of the shuffle
 * @param span the hash of the objects after the one in which the block begins, up to the object of its last record;
 *     null if the block is in one object
 * @param more the number of these objects, or -1 if a version of Pipeflux that did not store it wrote the point
 * @param permutedAs the number of the block by which it is permuted, or null if it is its number in the epoch. The
 *     two differ for a block that was begun by another number of hosts
 */
public record Blocks(
        int block,
        long seed,
        boolean sharded,
        @Nullable Long span,
        long more,
        @Nullable Long permutedAs) {

    public Blocks(int block, long seed, boolean sharded, @Nullable Long span) {
        this(block, seed, sharded, span, span == null ? 0 : -1, null);
    }

    /** Returns whether both are blocks of the same shuffle, whatever their objects. */
    public boolean isSameShuffle(Blocks other) {
        return block == other.block && seed == other.seed && sharded == other.sharded;
    }

    @Override
    public String toString() {
        return "shuffle(" + block + ", " + seed + ")" + (sharded ? " before the shard" : "");
    }
}
