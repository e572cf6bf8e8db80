package io.pipeflux.core;

import io.pipeflux.core.internal.Blocks;
import io.pipeflux.core.internal.Fnv1a;
import io.pipeflux.core.internal.KeyText;
import io.pipeflux.core.internal.Share;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Identifies the data and operators from which a resume point was taken, as far as they are known. The identity is
 * compared when the point is applied.
 *
 * @param source the object or the pipe's content, or null for a stream of unknown content
 * @param blocks the shuffle whose block contains the point, or null if the point is not in a shuffled block
 * @param shard the share of the records that the pipeline keeps, or null if it keeps all records
 */
record Identity(
        @Nullable Source source,
        @Nullable Blocks blocks,
        @Nullable Share shard) {

    /** The maximum length of a key in a resume point, in bytes of escaped JSON. Longer keys are truncated. */
    static final int KEY_BYTES = 120;

    /**
     * Identifies an object, or the content of a pipe if the writer has named the content.
     *
     * @param hash the {@link Fnv1a} hash of the object's key, size and version, or of the name of the pipe's content
     * @param key the object's key or the name of the pipe's content, truncated, for messages
     * @param list the list from which the object was taken, or null if the source did not name one
     */
    record Source(long hash, String key, @Nullable ListOrigin list) {

        static Source of(ObjectBytes object) {
            return of(object.key(), object.size(), object.version(), object.listOrigin());
        }

        static Source of(String key, long size, @Nullable String version, @Nullable ListOrigin list) {
            long hash = Fnv1a.part(Fnv1a.EMPTY, key);
            hash = Fnv1a.part(hash, Long.toString(size));
            hash = Fnv1a.part(hash, version == null ? "" : version);
            return new Source(hash, KeyText.cut(key, KEY_BYTES), list);
        }

        static Source ofContent(String content) {
            return new Source(Fnv1a.part(Fnv1a.EMPTY, content), KeyText.cut(content, KEY_BYTES), null);
        }

        /** Compares everything except the key, which is only for messages and may be truncated further in a token. */
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Source that && hash == that.hash && Objects.equals(list, that.list);
        }

        @Override
        public int hashCode() {
            return Long.hashCode(hash);
        }

        @Override
        public String toString() {
            String id = KeyText.quoted(key) + " (id " + Fnv1a.hex(hash) + ")";
            return list == null ? id : id + " of a channel " + list;
        }
    }

    Identity in(@Nullable Blocks shuffle) {
        return new Identity(source, shuffle, shard);
    }
}
