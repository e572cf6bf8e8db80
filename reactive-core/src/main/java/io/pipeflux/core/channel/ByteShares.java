package io.pipeflux.core.channel;

import java.util.Arrays;

/**
 * Shares a list among hosts by the sizes of its elements. The largest element is assigned first. Each element goes to
 * the host with the fewest bytes so far. If several hosts have equally few bytes, the element goes to the host among
 * them with the fewest elements. If these hosts also have equally many elements, the element goes to the host with the
 * lowest index. Elements of equal size are assigned in the order of the list. So all hosts compute the same shares.
 *
 * <p>The class uses only numeric arrays, without an object per element. A million elements take 16 MB in addition to
 * their sizes.
 */
final class ByteShares {

    private static final int DIGIT_BITS = 16;
    private static final int DIGITS = 1 << DIGIT_BITS;

    private ByteShares() {}

    /** Returns, for each element, the index of the host that reads it. */
    static int[] of(long[] sizes, int count) {
        int[] shares = new int[sizes.length];
        Hosts hosts = new Hosts(Math.min(count, Math.max(1, sizes.length)));
        for (int element : largestFirst(sizes)) {
            shares[element] = hosts.least();
            hosts.addToLeast(sizes[element]);
        }
        return shares;
    }

    /**
     * Returns the indices of the sizes in descending order of the sizes. The indices of equal sizes are in ascending
     * order. A radix sort is used, because it keeps the order of equal sizes, and because its running time does not
     * depend on the order of the sizes.
     */
    static int[] largestFirst(long[] sizes) {
        long most = Arrays.stream(sizes).max().orElse(0);
        int[] order = new int[sizes.length];
        Arrays.setAll(order, i -> i);
        int[] next = new int[sizes.length];
        int[] starts = new int[DIGITS];
        for (int shift = 0; shift < Long.SIZE && most >>> shift != 0; shift += DIGIT_BITS) {
            Arrays.fill(starts, 0);
            for (long size : sizes) {
                starts[digit(most - size, shift)]++;
            }
            int start = 0;
            for (int digit = 0; digit < DIGITS; digit++) {
                int elements = starts[digit];
                starts[digit] = start;
                start += elements;
            }
            for (int element : order) {
                next[starts[digit(most - sizes[element], shift)]++] = element;
            }
            int[] sorted = next;
            next = order;
            order = sorted;
        }
        return order;
    }

    private static int digit(long key, int shift) {
        return (int) (key >>> shift) & (DIGITS - 1);
    }

    /** A heap of hosts. The host with the fewest bytes is first. */
    private static final class Hosts {

        private final int[] heap; // the children of index i are at 2i + 1 and 2i + 2
        private final long[] bytes; // the number of bytes of each host
        private final int[] elements;

        Hosts(int count) {
            heap = new int[count];
            // at first, no host has any bytes, so the ascending indices already form a heap
            Arrays.setAll(heap, i -> i);
            bytes = new long[count];
            elements = new int[count];
        }

        int least() {
            return heap[0];
        }

        void addToLeast(long size) {
            int host = heap[0];
            bytes[host] += size;
            elements[host]++;
            int place = 0;
            for (int child = 1; child < heap.length; child = 2 * place + 1) {
                if (child + 1 < heap.length && isLess(heap[child + 1], heap[child])) {
                    child++;
                }
                if (isLess(host, heap[child])) {
                    break;
                }
                heap[place] = heap[child];
                place = child;
            }
            heap[place] = host;
        }

        private boolean isLess(int one, int other) {
            if (bytes[one] != bytes[other]) {
                return bytes[one] < bytes[other];
            }
            return elements[one] != elements[other] ? elements[one] < elements[other] : one < other;
        }
    }
}
