package io.pipeflux.core;

import io.pipeflux.core.internal.Fnv1a;
import io.pipeflux.core.internal.Rest;
import io.pipeflux.core.internal.Share;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Identifies the list from which a channel took an object, and the order in which the list is read. Channels attach
 * this origin to their objects ({@link ObjectBytes#withListOrigin}), so that resume points can store and compare it.
 * Instances are immutable.
 */
public final class ListOrigin {

    static final long NOT_COUNTED = -1;

    private final @Nullable Long seed;
    private final Share share;
    private final boolean byBytes;
    private final long listed;
    private final long hash;
    private final @Nullable InRest inRest;

    /**
     * The place of an object in the rest of an epoch that was begun by a different number of hosts.
     *
     * @param id identifies the rest of the epoch
     * @param at the object's index in the list if the list is read in its own order, otherwise -1
     * @param lane the place at which the object is continued, or null if the object is read from its beginning
     * @param follows whether the object belongs to a block that begins in the previous object
     */
    record InRest(long id, long at, Rest.@Nullable Lane lane, boolean follows) {}

    /**
     * Creates an origin without an {@link InRest}.
     *
     * @param listed the number of elements in the list, or {@link #NOT_COUNTED} if the list is neither shuffled nor
     *     divided among hosts by element sizes
     * @param hash the {@link Fnv1a} hash of the names of all elements or, if the elements are not counted, of the names
     *     up to this element
     */
    ListOrigin(@Nullable Long seed, Share share, long listed, long hash) {
        this(seed, share, false, listed, hash, null);
    }

    ListOrigin(@Nullable Long seed, Share share, boolean byBytes, long listed, long hash, @Nullable InRest inRest) {
        this.seed = seed;
        this.share = share;
        this.byBytes = byBytes;
        this.listed = listed;
        this.hash = hash;
        this.inRest = inRest;
    }

    @Nullable
    Long seed() {
        return seed;
    }

    Share share() {
        return share;
    }

    /** Returns whether the list is divided among the hosts by element sizes, not by the number of elements. */
    boolean byBytes() {
        return byBytes;
    }

    long listed() {
        return listed;
    }

    long hash() {
        return hash;
    }

    @Nullable
    InRest inRest() {
        return inRest;
    }

    ListOrigin in(InRest rest) {
        return new ListOrigin(seed, share, byBytes, listed, hash, rest);
    }

    /**
     * Returns whether both lists are ordered and divided in the same way, and both origins belong to the same host. The
     * elements of the lists are not compared.
     */
    boolean isSameOrder(ListOrigin other) {
        return Objects.equals(seed, other.seed)
                && share.equals(other.share)
                && byBytes == other.byBytes
                && rest() == other.rest()
                && (listed == NOT_COUNTED) == (other.listed == NOT_COUNTED);
    }

    private long rest() {
        return inRest == null ? 0 : inRest.id;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ListOrigin that
                && Objects.equals(seed, that.seed)
                && share.equals(that.share)
                && byBytes == that.byBytes
                && listed == that.listed
                && hash == that.hash
                && rest() == that.rest();
    }

    @Override
    public int hashCode() {
        return Long.hashCode(hash);
    }

    /** Returns a phrase that follows the word "channel" in a message. */
    @Override
    public String toString() {
        String shared = (share.count() == 1 ? "" : ", share " + share.index() + " of " + share.count())
                + (byBytes ? " by bytes" : "");
        String left = inRest == null ? "" : ", the rest of an epoch by the token " + Fnv1a.hex(inRest.id);
        return (seed == null ? "in the order of its list" : "shuffled by seed " + seed)
                + shared
                + (listed == NOT_COUNTED ? ", entries up to this one " : ", " + listed + " entries ")
                + Fnv1a.hex(hash)
                + left;
    }
}
