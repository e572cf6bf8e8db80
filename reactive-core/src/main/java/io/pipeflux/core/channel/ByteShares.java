package io.pipeflux.core.channel;

import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * Shares a list among hosts by the sizes of its elements: the largest element first, each to the host that has the
 * fewest bytes so far; of these to the one with the fewest elements, then to the first one. Elements of one size are
 * taken in the order of the list. So all hosts compute the same shares.
 */
final class ByteShares {

    private ByteShares() {}

    private static final class Host {

        private final int index;
        private long bytes;
        private int elements;

        Host(int index) {
            this.index = index;
        }
    }

    /** Returns the host of each element. */
    static int[] of(long[] sizes, int count) {
        PriorityQueue<Host> hosts = new PriorityQueue<>(Comparator.<Host>comparingLong(h -> h.bytes)
                .thenComparingInt(h -> h.elements)
                .thenComparingInt(h -> h.index));
        for (int i = 0; i < Math.min(count, Math.max(1, sizes.length)); i++) {
            hosts.add(new Host(i));
        }
        int[] shares = new int[sizes.length];
        int[] order = largestFirst(sizes);
        for (int element : order) {
            Host least = hosts.remove();
            shares[element] = least.index;
            least.bytes += sizes[element];
            least.elements++;
            hosts.add(least);
        }
        return shares;
    }

    /** Returns the indices of the sizes in descending order, those of equal sizes in ascending order. */
    static int[] largestFirst(long[] sizes) {
        long[] sorted = sizes.clone();
        for (int i = 0; i < sorted.length; i++) {
            sorted[i] = -sorted[i];
        }
        Arrays.sort(sorted);
        int[] taken = new int[sorted.length]; // of the places of each size, at its first place
        int[] order = new int[sorted.length];
        for (int i = 0; i < sizes.length; i++) {
            int first = firstPlace(sorted, -sizes[i]);
            order[first + taken[first]++] = i;
        }
        return order;
    }

    private static int firstPlace(long[] sorted, long value) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sorted[middle] < value) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
