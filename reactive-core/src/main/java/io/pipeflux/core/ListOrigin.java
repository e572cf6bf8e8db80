package io.pipeflux.core;

import io.pipeflux.core.internal.Fnv1a;
import io.pipeflux.core.internal.Share;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Identifies the list from which a channel took an object, and the order in which the list is read. Channels attach it
 * to their objects ({@link ObjectBytes#withListOrigin}). Resume points store it and compare it. It has no other use.
 * Immutable.
 */
public final class ListOrigin {

    static final long NOT_COUNTED = -1;

    private final @Nullable Long seed;
    private final Share share;
    private final long listed;
    private final long hash;

    /**
     * @param listed the number of elements in the list, or {@link #NOT_COUNTED} if the list is not shuffled
     * @param hash {@link Fnv1a} of the names of all elements or, if the list is not shuffled, of those up to this one
     */
    ListOrigin(@Nullable Long seed, Share share, long listed, long hash) {
        this.seed = seed;
        this.share = share;
        this.listed = listed;
        this.hash = hash;
    }

    @Nullable
    Long seed() {
        return seed;
    }

    Share share() {
        return share;
    }

    long listed() {
        return listed;
    }

    long hash() {
        return hash;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ListOrigin that
                && Objects.equals(seed, that.seed)
                && share.equals(that.share)
                && listed == that.listed
                && hash == that.hash;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(hash);
    }

    /** Returns a phrase that follows the word "channel" in a message. */
    @Override
    public String toString() {
        String shared = share.count() == 1 ? "" : ", share " + share.index() + " of " + share.count();
        return seed == null
                ? "in the order of its list" + shared + ", entries up to this one " + Fnv1a.hex(hash)
                : "shuffled by seed " + seed + shared + ", " + listed + " entries " + Fnv1a.hex(hash);
    }
}
