package io.pipeflux.core.internal;

import org.jspecify.annotations.Nullable;

/**
 * Describes the blocks of a shuffle. Resume points contain this description.
 *
 * @param block the number of records in a block
 * @param seed the shuffle's seed
 * @param sharded whether the pipeline's shard, if it has one, is downstream of the shuffle
 * @param span a hash of the objects after the object in which the block begins, up to and including the object that
 *     contains the block's last record; null if the block is within one object
 * @param more the number of the objects that {@code span} covers, or -1 if the resume point was written by a version of
 *     Pipeflux that did not store this number
 * @param permutedAs the block number that determines the block's permutation, or null if the block's number in the
 *     epoch determines it. The two numbers differ if the block was begun in a run with a different number of hosts
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

    /**
     * Returns whether {@code other} describes blocks of the same shuffle. Does not compare the objects that the blocks
     * span.
     */
    public boolean isSameShuffle(Blocks other) {
        return block == other.block && seed == other.seed && sharded == other.sharded;
    }

    @Override
    public String toString() {
        return "shuffle(" + block + ", " + seed + ")" + (sharded ? " before the shard" : "");
    }
}
