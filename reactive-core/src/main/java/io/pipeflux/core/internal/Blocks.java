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
 */
public record Blocks(
        int block, long seed, boolean sharded, @Nullable Long span) {

    /** Returns whether both are blocks of the same shuffle, whatever their objects. */
    public boolean isSameShuffle(Blocks other) {
        return block == other.block && seed == other.seed && sharded == other.sharded;
    }

    @Override
    public String toString() {
        return "shuffle(" + block + ", " + seed + ")" + (sharded ? " before the shard" : "");
    }
}
