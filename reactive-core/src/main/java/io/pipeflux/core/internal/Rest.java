package io.pipeflux.core.internal;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The unread rest of an epoch. The number of hosts that read this rest differs from the number of hosts that began the
 * epoch.
 *
 * <pre>
 *   list            a b c d e f g h      in the epoch's order
 *   run of 2 hosts  0 1 0 1 0 1 0 1      the host that reads each element; host 0 stopped in c, host 1 in b
 *   the rest        b c d e f g h        b and c continue where the hosts stopped; the shares are new
 *   run of 3 hosts  0 1 2 0 1 2 0
 * </pre>
 *
 * @param id a hash of the {@code ElasticResume} from which this rest was created; the resume points of the rest store
 *     this hash
 * @param epoch the number of the epoch
 * @param list the list from which the epoch is read
 * @param shuffle the shuffle of the records, or null
 * @param runs how far each host has read, for each run that has read a part of the epoch, in chronological order
 */
public record Rest(
        long id, long epoch, ListIs list, @Nullable Blocks shuffle, List<List<Lane>> runs) {

    /** The advice for the case that the hosts' lists do not match although the files are equal. */
    public static final String OWN_COPIES = "; if each host has its own copies of the files, they must have the same"
            + " absolute path on all hosts, and DirectoryChannel.ignoreModificationTimes() does not compare when they"
            + " were copied";

    /**
     * Identifies the list from which an epoch is read.
     *
     * @param seed the seed of the list's shuffle, or null if the list is not shuffled
     * @param byBytes whether the list is divided among the hosts by the sizes of its elements
     * @param whole true if {@code count} and {@code hash} describe the whole list, false if they describe only its
     *     first elements
     */
    public record ListIs(@Nullable Long seed, boolean byBytes, boolean whole, long count, long hash) {}

    /** The state of a host's share. */
    public enum State {
        /** The host has read nothing, so its whole share remains to be read. */
        UNREAD,
        /** The host has read all of its share. */
        DONE,
        /** The host's share has no objects. This is checked when the rest is read. */
        NONE,
        /** The host has read a part of its share. The other fields of the {@link Lane} state where it has stopped. */
        AT
    }

    /**
     * The place up to which a host has read its share.
     *
     * @param object the number, among the host's objects, of the object in which the rest of the share begins
     * @param offset the offset of the first byte to read in that object
     * @param drop the number of records to drop after that offset
     * @param number the number that determines the permutation of the block that begins at the offset
     * @param seen the number of rows of that block that were emitted; 0 if there is no such block
     * @param more the number of objects after the first object of the block, up to and including the object that
     *     contains the block's last record
     * @param span the hash of the objects that {@code more} counts, or 0 if there are none
     * @param id a hash of the object. If the number of the list's elements is unknown, the hash also covers the list up
     *     to the object
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
     * A block that an earlier run has partly emitted, and that is read again.
     *
     * @param number the block's number in this pass
     * @param lane the place where the earlier run has stopped
     * @param start the point at which the block begins
     * @param origin the origin of the object in which the block begins
     */
    public record Restored<P, O>(long number, Lane lane, P start, O origin) {}
}
