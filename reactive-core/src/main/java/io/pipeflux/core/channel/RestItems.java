package io.pipeflux.core.channel;

import io.pipeflux.core.ResumeMismatchException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Fnv1a;
import io.pipeflux.core.internal.Rest;
import io.pipeflux.core.internal.Rest.Lane;
import io.pipeflux.core.internal.Rest.ListIs;
import io.pipeflux.core.internal.Rest.State;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the part of a list that earlier runs have not read. Each run may have had a different number of hosts. Only one
 * thread at a time may use an instance.
 *
 * <pre>
 *   list                          a  b  c  d  e  f
 *   first run, host (of 2)        0  1  0  1  0  1     host 0 stopped in c, host 1 in a block of the objects b and d
 *   unread items                        c  bd e  f     the objects of a block that was begun form one item
 *   second run, host (of 3)             0  1  2  0
 * </pre>
 *
 * @param <E> the type of the list's elements
 */
final class RestItems<E> {

    /**
     * An object that must still be read.
     *
     * @param lane the point in the object at which reading continues, or null if the object is read from its beginning
     * @param follows whether the object belongs to the block that begins in the previous piece
     */
    record Piece<E>(E element, @Nullable Lane lane, boolean follows) {}

    private final Rest rest;
    private final List<Run<E>> runs = new ArrayList<>();
    private long listed;
    private boolean checked;

    RestItems(Rest rest) {
        this.rest = rest;
        for (int n = 0; n < rest.runs().size(); n++) {
            runs.add(new Run<>(rest.runs().get(n), n));
        }
    }

    /** Returns the number of runs. */
    int runs() {
        return runs.size();
    }

    /** Returns the number of hosts of a run. */
    int hosts(int run) {
        return rest.runs().get(run).size();
    }

    /**
     * Processes the next element of the list.
     *
     * @param hash the hash of the list, up to and including the element
     * @return the unread item that this element completes, or null if the element completes no item
     */
    @Nullable
    List<Piece<E>> next(E element, long hash) {
        listed++;
        if (!rest.list().whole() && listed == rest.list().count()) {
            requireSame(listed, hash);
        }
        List<Piece<E>> item = whole(element);
        for (Run<E> run : runs) {
            item = item == null ? null : run.next(item, run.host());
        }
        return item;
    }

    static <E> List<Piece<E>> whole(E element) {
        return List.of(new Piece<>(element, null, false));
    }

    /**
     * Returns the items that remain after one run.
     *
     * @param hosts for each item, the index of the host to which it belonged in this run
     */
    List<List<Piece<E>>> through(int run, List<List<Piece<E>>> items, int[] hosts) {
        List<List<Piece<E>>> left = new ArrayList<>();
        for (int i = 0; i < hosts.length; i++) {
            List<Piece<E>> item = runs.get(run).next(items.get(i), hosts[i]);
            if (item != null) {
                left.add(item);
            }
        }
        return left;
    }

    /**
     * Checks that the list was not shorter than in the earlier runs. Called at the end of a list that was not held in
     * memory.
     */
    void end() {
        if (!checked && !rest.list().whole()) {
            throw mismatch("expected at least " + rest.list().count() + " objects in the list, but got " + listed
                    + ": objects were removed");
        }
        ended();
    }

    /**
     * Checks that the list contained all objects in which the hosts of each run had stopped. Called after all elements
     * of the list have been processed.
     */
    void ended() {
        runs.forEach(Run::end);
    }

    /**
     * Checks that the list is the same as in the earlier runs. If its elements were not counted, only the part up to
     * the last object that a host had begun is compared.
     */
    void requireSame(long count, long hash) {
        ListIs was = rest.list();
        if (count != was.count() || hash != was.hash()) {
            throw mismatch("expected " + (was.whole() ? "a list of " : "a list that begins with the same ")
                    + was.count()
                    + " objects (id " + Fnv1a.hex(was.hash()) + "), but got " + count + " (id " + Fnv1a.hex(hash)
                    + "): objects were added, removed or replaced" + Rest.OWN_COPIES);
        }
        checked = true;
    }

    ResumeMismatchException mismatch(String what) {
        return CoreAccess.exception(
                ResumeMismatchException.class,
                ErrorKind.OTHER_DATA,
                "the token of the rest of epoch " + rest.epoch() + " was taken from other data or a different order: "
                        + what
                        + "; give the pipeline the list and order that it was taken from, or start the epoch again",
                null,
                null,
                null);
    }

    /** The state of the hosts of one run. */
    private final class Run<F> {

        private final List<Lane> lanes;
        private final int number;
        private final long[] objects; // the number of objects of each host so far
        // the incomplete block of each host, or null
        private final List<@Nullable List<Piece<F>>> blocks = new ArrayList<>();
        private long items;

        Run(List<Lane> lanes, int number) {
            this.lanes = lanes;
            this.number = number;
            this.objects = new long[lanes.size()];
            lanes.forEach(lane -> blocks.add(null));
        }

        int host() {
            return (int) (items++ % lanes.size());
        }

        @Nullable
        List<Piece<F>> next(List<Piece<F>> item, int host) {
            Lane lane = lanes.get(host);
            long first = objects[host];
            objects[host] += item.size();
            return switch (lane.state()) {
                case UNREAD -> item;
                case DONE -> null;
                case NONE ->
                    throw mismatch("the point of host " + host
                            + " was the beginning of an earlier epoch, so expected it to have no object, but it has"
                            + " one: give the point after the last record that it has read or, if its objects have no"
                            + " record, the beginning of the epoch in which the others are");
                case AT -> at(lane, item, first, host);
            };
        }

        private @Nullable List<Piece<F>> at(Lane lane, List<Piece<F>> item, long first, int host) {
            long last = lane.object() + lane.more();
            if (first > last) {
                return item;
            }
            List<Piece<F>> block = blocks.get(host);
            for (int i = 0; i < item.size(); i++) {
                Piece<F> piece = item.get(i);
                if (first + i == lane.object()) {
                    block = new ArrayList<>();
                    block.add(new Piece<>(piece.element, lane, false));
                } else if (block != null) {
                    block.add(new Piece<>(piece.element, piece.lane, true));
                }
            }
            boolean complete = block != null && first + item.size() > last;
            blocks.set(host, complete ? null : block);
            return complete ? block : null;
        }

        void end() {
            for (int host = 0; host < lanes.size(); host++) {
                Lane lane = lanes.get(host);
                if (lane.state() == State.AT && objects[host] <= lane.object() + lane.more()) {
                    throw mismatch("expected host " + host + " of run " + number + " to have more than "
                            + (lane.object() + lane.more()) + " objects, but it has " + objects[host]
                            + ": objects were removed");
                }
            }
        }
    }
}
