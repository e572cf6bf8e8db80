package io.pipeflux.core.channel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A list for millions of short elements. All elements are appended first, and are then read at any index. The list
 * holds the bytes of the elements side by side, without an object per element. Only one thread at a time may use an
 * instance.
 *
 * <pre>
 *   start of each element    page (16 bits), offset (16 bits)
 *   pages of 64 KiB          | length, bytes | length, bytes | ...   length: 1 byte up to 127, 2 up to 16383, at most 5
 * </pre>
 *
 * <p>For each element, the list holds its bytes, their length (one to five bytes), and four to six bytes for its start.
 * No element crosses a page boundary. An element that is longer than a page gets its own, longer page.
 */
final class PackedList<T> {

    private static final int OFFSET_BITS = 16;
    private static final int PAGE_BYTES = 1 << OFFSET_BITS;
    private static final int MAX_PAGES = 1 << (Integer.SIZE - OFFSET_BITS);
    private static final int MAX_LENGTH_BYTES = 5;

    private final ChannelOrder.Packing<T> packing;
    private final List<byte[]> pages = new ArrayList<>();
    private int[] starts = new int[64];
    private int size;
    private byte[] page = {};
    private int end; // the end of the used part of the last page

    PackedList(ChannelOrder.Packing<T> packing) {
        this.packing = packing;
    }

    int size() {
        return size;
    }

    /** Returns the number of bytes that the list takes in memory. */
    long bytes() {
        return pages.stream().mapToLong(p -> p.length).sum() + (long) starts.length * Integer.BYTES;
    }

    void add(T element) {
        byte[] bytes = packing.pack(element);
        turnPage(bytes.length + MAX_LENGTH_BYTES);
        if (size == starts.length) {
            starts = Arrays.copyOf(starts, size + (size >> 1));
        }
        starts[size++] = (pages.size() - 1) << OFFSET_BITS | end;
        int length = bytes.length;
        while (length >= 0x80) {
            page[end++] = (byte) (length | 0x80);
            length >>>= 7;
        }
        page[end++] = (byte) length;
        System.arraycopy(bytes, 0, page, end, bytes.length);
        end += bytes.length;
    }

    private void turnPage(int needed) {
        if (needed <= page.length - end) {
            return;
        }
        if (pages.size() == MAX_PAGES) {
            throw new IllegalStateException(
                    "expected at most about 4 GiB of names in a shuffled channel, but got more than " + size
                            + " elements in " + bytes() + " bytes");
        }
        page = new byte[Math.max(PAGE_BYTES, needed)];
        pages.add(page);
        end = 0;
    }

    T get(int index) {
        byte[] in = pages.get(starts[index] >>> OFFSET_BITS);
        int at = starts[index] & (PAGE_BYTES - 1);
        int length = 0;
        int shift = 0;
        while (in[at] < 0) {
            length |= (in[at++] & 0x7f) << shift;
            shift += 7;
        }
        length |= in[at++] << shift;
        return packing.unpack(Arrays.copyOfRange(in, at, at + length));
    }
}
