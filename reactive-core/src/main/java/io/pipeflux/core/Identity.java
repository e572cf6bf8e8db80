package io.pipeflux.core;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What a resume point was taken from, as far as it is known: compared where the point is applied.
 *
 * @param source the object or the pipe's content, or null in a stream of unknown content
 * @param blocks the shuffle whose block the point counts in, or null
 * @param shard the share of the records that the pipeline keeps, or null
 */
record Identity(
        @Nullable Source source,
        @Nullable Blocks blocks,
        @Nullable Share shard) {

    /** In bytes of JSON, escapes included: what a point keeps of a key. */
    static final int KEY_BYTES = 120;

    /**
     * An object, or a pipe of known content.
     *
     * @param hash {@link Fnv1a} of the object's key, size and version, or of the pipe's content
     * @param key the key or content for messages, cut
     * @param place the object's place in its channel's list, or null where the source did not name it
     */
    record Source(long hash, String key, ChannelOrder.@Nullable Place place) {

        static Source of(ObjectBytes object) {
            return of(object.key(), object.size(), object.version(), object.place());
        }

        static Source of(String key, long size, @Nullable String version, ChannelOrder.@Nullable Place place) {
            long hash = Fnv1a.part(Fnv1a.EMPTY, key);
            hash = Fnv1a.part(hash, Long.toString(size));
            hash = Fnv1a.part(hash, version == null ? "" : version);
            return new Source(hash, KeyText.cut(key, KEY_BYTES), place);
        }

        static Source ofContent(String content) {
            return new Source(Fnv1a.part(Fnv1a.EMPTY, content), KeyText.cut(content, KEY_BYTES), null);
        }

        /** The key is for messages only: a token may have to cut it shorter. */
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Source that
                    && hash == that.hash
                    && (place == null ? that.place == null : place.equals(that.place));
        }

        @Override
        public int hashCode() {
            return Long.hashCode(hash);
        }

        @Override
        public String toString() {
            String id = KeyText.quoted(key) + " (id " + hex(hash) + ")";
            return place == null ? id : id + " of a channel " + place;
        }
    }

    /**
     * The blocks of a shuffle.
     *
     * @param sharded whether the shard, if there is one, comes after the shuffle
     * @param span {@link ObjectsHash} of the objects after the point's own up to the one of the block's last record;
     *     null if that is the point's own
     */
    record Blocks(
            int block, long seed, boolean sharded, @Nullable Long span) {

        boolean isSameShuffle(Blocks other) {
            return block == other.block && seed == other.seed && sharded == other.sharded;
        }

        @Override
        public String toString() {
            return "shuffle(" + block + ", " + seed + ")" + (sharded ? " before the shard" : "");
        }
    }

    /** A share of the records, by their ordinals. */
    record Share(int count, int index) {

        @Override
        public String toString() {
            return "shard(" + count + ", " + index + ")";
        }
    }

    Identity in(@Nullable Blocks shuffle) {
        return new Identity(source, shuffle, shard);
    }

    static String hex(long hash) {
        return HexFormat.of().toHexDigits(hash);
    }
}
