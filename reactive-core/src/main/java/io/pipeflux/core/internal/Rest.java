package io.pipeflux.core.internal;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rest of an epoch that one number of hosts has begun and another number of hosts finishes.
 *
 * <pre>
 *   list            a b c d e f g h      in the epoch's order
 *   run of 2 hosts  0 1 0 1 0 1 0 1      host 0 stopped in c, host 1 in b
 *   the rest        b c d e f g h        b and c from where they were left; shared anew
 *   run of 3 hosts  0 1 2 0 1 2 0
 * </pre>
 *
 * @param id a hash of the whole token, which the resume points of the rest carry
 * @param epoch the epoch
 * @param list the list from which the epoch is read
 * @param shuffle the shuffle of the records, or null
 * @param runs the hosts of each run that has read a part of the epoch, the first one first
 */
public record Rest(
        long id, long epoch, ListIs list, @Nullable Blocks shuffle, List<List<Lane>> runs) {

    /** What helps if the lists of hosts differ, although their files are equal. */
    public static final String OWN_COPIES = "; if each host has copies of its own of the files, they must have the same"
            + " absolute path on all hosts, and DirectoryChannel.ignoreModificationTimes() does not compare when they"
            + " were copied";

    /**
     * Identifies a list.
     *
     * @param seed the seed of its shuffle, or null if it is read in its own order
     * @param byBytes whether it is shared by bytes
     * @param whole whether {@code count} and {@code hash} are those of the whole list, or of its first elements only
     */
    public record ListIs(@Nullable Long seed, boolean byBytes, boolean whole, long count, long hash) {}

    /** What a host has read of its share. */
    public enum State {
        /** Nothing: its whole share is left. */
        UNREAD,
        /** All of it. */
        DONE,
        /** It has no object at all, which is checked when the rest is read. */
        NONE,
        /** A part, up to a place. */
        AT
    }

    /**
     * The place up to which a host has read its share.
     *
     * @param object the number of the object, in the sequence of the host's objects, in which the rest begins
     * @param offset the first byte to read there
     * @param drop the number of records to drop from there
     * @param number the number by which the block is permuted that begins there
     * @param seen the number of rows of that permuted block that were emitted; if it is 0, there is no such block
     * @param more the number of objects after the first one, up to that of the block's last record
     * @param span the hash of these objects, or 0
     * @param id a hash of the object and, if the list is read in its own order, of the list up to it
     */
    public record Lane(
            State state, long object, long offset, long drop, long number, int seen, long more, long span, long id) {

        public static final Lane UNREAD = new Lane(State.UNREAD);
        public static final Lane DONE = new Lane(State.DONE);
        public static final Lane NONE = new Lane(State.NONE);

        private Lane(State state) {
            this(state, 0, 0, 0, 0, 0, 0, 0, 0);
        }
    }

    /**
     * A block that an earlier run has begun, as it is read again.
     *
     * @param number its number in this pass
     * @param lane the place where the earlier run has left it
     * @param start the point at which it begins
     * @param origin the origin of the object in which it begins
     */
    public record Restored<P, O>(long number, Lane lane, P start, O origin) {}
}
