package io.pipeflux.core.internal;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The unread rest of an epoch. The run that reads the rest has a different number of hosts than the run that began the
 * epoch.
 *
 * <pre>
 *   list               a b c d e f g h
 *   run with 2 hosts   0 1 0 1 0 1 0 1      the number of each element's host
 *   rest                 b c d e f g h
 *   run with 3 hosts     0 1 2 0 1 2 0      the number of each element's new host
 * </pre>
 *
 * <p>In this example, host 0 has stopped inside {@code c}, and host 1 inside {@code b}. The second run reads these two
 * objects from the records at which the hosts have stopped.
 *
 * @param id a hash of the {@code ElasticResume} from which this rest was created; the resume points of the rest store
 *     this hash
 * @param epoch the number of the epoch
 * @param list the list from which the epoch is read
 * @param shuffle the shuffle of the records, or null
 * @param runs how far the hosts of each earlier run have read; one element for each run that has read a part of the
 *     epoch, in chronological order
 */
public record Rest(
        long id, long epoch, ListIs list, @Nullable Blocks shuffle, List<List<Lane>> runs) {

    /** The advice in an error message about hosts whose lists do not match although their files are equal. */
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
        /** The host's share is assumed to have no objects. If it has one, reading the rest fails. */
        NONE,
        /** The host has read a part of its share. The other fields of the {@link Lane} state where it has stopped. */
        AT
    }

    /**
     * The place up to which a host has read its share.
     *
     * @param object the index, among the host's objects, of the object in which the unread part of the share begins
     * @param offset the offset of the first byte to read in that object
     * @param drop the number of records to drop from that offset on
     * @param number the block number that determines the permutation of the block that begins at the offset
     * @param seen the number of rows of that block that were emitted; 0 if no block was begun
     * @param more the number of further objects that the block spans
     * @param span the hash of the objects that {@code more} counts, or 0 if there are none
     * @param id a hash of the object or, if the length of the list is unknown, of the list up to and including the
     *     object
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
